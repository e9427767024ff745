/**
 * The program of `npm test`: build, style, measures, types, tests; everything is run, and the exit code says whether
 * all of it passed.
 */
import { runBounded } from "./run-bounded.ts";
import { provideSystemTools } from "./system-tools.ts";

const node = process.execPath;
const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["build", node, "scripts/build.ts"],
  ["lint and format", node, "node_modules/@biomejs/biome/bin/biome", "check", "."],
  ["measures", node, "scripts/measures.ts"],
  ["types", node, "node_modules/typescript/bin/tsc", "-p", "tsconfig.json"],
  ["types of the web application", node, "node_modules/typescript/bin/tsc", "-p", "web/tsconfig.json"],
  ["tests", node, "node_modules/vitest/vitest.mjs", "run"],
];

// Behaviour is tested through the command as it is published: bundled, by its launcher.
process.env.HEADRACE_TEST_COMMAND = "bin/headrace.mjs";

provideSystemTools();
/** Far above what the slowest step takes on a busy machine: only what hangs meets it. */
const LIMIT_MS = 50 * 60_000;
const failed: string[] = [];
for (const [name, command, ...args] of steps) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  const { status, isOverdue } = await runBounded(command, args, LIMIT_MS);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const outcome = isOverdue ? "FAILED, and was ended since it took too long," : status === 0 ? "passed" : "FAILED";
  console.log(`== ${name}: ${outcome} in ${seconds} s`);
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) console.error(`\nFailed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
