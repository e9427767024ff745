/**
 * The program of `npm test`: build, style, measures, types, short tests; and of `npm run test:long`: build, long tests
 * (`test/long-tests.ts`). Everything is run, and the exit code says whether all of it passed. Where CI is set and a few
 * files of tests failed, these run once more, alone: a test that fails beside others and passes alone is printed as
 * unstable, to be looked into, and does not hold up a change that has nothing to do with it. The crash tests are random
 * by design, and are not run again: what they find is a fault.
 */
import { relative } from "node:path";
import { bundleForCrashes } from "../test/crash/bundle-for-crashes.ts";
import { projectRoot } from "./bundle.ts";
import { type FailedFile, lastFailedFiles } from "./failed-tests.ts";
import { runBounded } from "./run-bounded.ts";
import { provideSystemTools } from "./system-tools.ts";

type Step = readonly [name: string, command: string, ...args: string[]];

const node = process.execPath;
const isLong = process.argv[2] === "long";
const readings: readonly Step[] = [
  ["lint and format", node, "node_modules/@biomejs/biome/bin/biome", "check", "."],
  ["measures", node, "scripts/measures.ts"],
  ["types", node, "node_modules/typescript/bin/tsc", "-p", "tsconfig.json"],
  ["types of the web application", node, "node_modules/typescript/bin/tsc", "-p", "web/tsconfig.json"],
];
const steps: readonly Step[] = [
  ["build", node, "scripts/build.ts"],
  ...(isLong ? [] : readings),
  ["tests", node, "node_modules/vitest/vitest.mjs", "run"],
];

process.env.HEADRACE_TEST_SHARE = isLong ? "long" : "short";
// Behaviour is tested through the command as it is published: bundled, by its launcher. The command with fault points
// is bundled as well, once: from the sources, each start of it takes seconds.
process.env.HEADRACE_TEST_COMMAND = "bin/headrace.mjs";

provideSystemTools();
/** Far above what the slowest step takes on a busy machine: only what hangs meets it. */
const LIMIT_MS = 50 * 60_000;
/** More failures are no chance. */
const FEW_FILES = 3;
const failed: string[] = [];
for (const [name, command, ...args] of steps) {
  if (!(await pass(name, command, args)) && !(name === "tests" && (await passAlone()))) failed.push(name);
  if (name === "build" && failed.length === 0) await buildForCrashes();
}
if (failed.length > 0) console.error(`\nFailed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function buildForCrashes(): Promise<void> {
  const bundle = await bundleForCrashes();
  process.env.HEADRACE_TEST_CRASH_COMMAND = relative(projectRoot, bundle.program);
  process.once("exit", () => bundle[Symbol.dispose]());
}

async function pass(name: string, command: string, args: readonly string[]): Promise<boolean> {
  console.log(`\n== ${name}`);
  const started = performance.now();
  const { status, isOverdue } = await runBounded(command, args, LIMIT_MS);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const outcome = isOverdue ? "FAILED, and was ended since it took too long," : status === 0 ? "passed" : "FAILED";
  console.log(`== ${name}: ${outcome} in ${seconds} s`);
  return status === 0;
}

async function passAlone(): Promise<boolean> {
  const files = process.env.CI === undefined ? [] : lastFailedFiles();
  if (files.length === 0 || files.length > FEW_FILES || files.some(({ file }) => file.startsWith("test/crash/")))
    return false;
  for (const { project, file } of files) {
    const args = ["node_modules/vitest/vitest.mjs", "run", "--project", project, file];
    if (!(await pass(`once more, alone: [${project}] ${file}`, node, args))) return false;
  }
  for (const unstable of files) report(unstable);
  return true;
}

function report({ project, file, tests }: FailedFile): void {
  console.error(`\nUNSTABLE: [${project}] ${file} failed beside others and passed alone:`);
  for (const test of tests) console.error(`  ${test}`);
}
