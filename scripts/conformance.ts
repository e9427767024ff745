/**
 * `npm run conformance -- NAME`: holds one executor, or all, to the step contract; the last line says how many tests
 * passed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideSystemTools } from "./system-tools.ts";

/** Per executor: the vitest project, and the files of both suites. */
const EXECUTORS: Readonly<Record<string, readonly string[]>> = {
  local: [
    "--project",
    "headrace",
    "test/conformance/local.test.ts",
    "src/executors/local/local-bubblewrap.test.ts",
    "src/executors/local/local-unshare.test.ts",
    "src/executors/local/local-unsandboxed.test.ts",
  ],
  docker: [
    "--project",
    "in Docker",
    "test/conformance/docker.engine.test.ts",
    "src/executors/docker/docker-conformance.engine.test.ts",
  ],
  slurm: [
    "--project",
    "on Slurm",
    "test/conformance/cluster.slurm.test.ts",
    "src/executors/slurm/executor.slurm.test.ts",
  ],
  podman: ["--project", "in Podman", "src/executors/docker/podman-conformance.podman.test.ts"],
};

/** Podman answers the calls of Docker, and is held to the suite when it is named. */
const ALWAYS = Object.keys(EXECUTORS).filter((name) => name !== "podman");

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(EXECUTORS, name));
if (unknown.length > 0) {
  console.error(`There is no executor ${unknown.join(", ")}. There are: ${Object.keys(EXECUTORS).join(", ")}.`);
  process.exit(2);
}
provideSystemTools();
const report = mkdtempSync(join(tmpdir(), "headrace-conformance-"));
let passed = 0;
let failed = 0;
for (const name of names.length === 0 ? ALWAYS : names) {
  const file = join(report, `${name}.json`);
  const options = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const result = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", ...(EXECUTORS[name] ?? []), ...options],
    {
      stdio: "inherit",
      env: name === "podman" ? { ...process.env, HEADRACE_TEST_PODMAN: "yes" } : process.env,
    },
  );
  const counted = countsOf(file);
  passed += counted.passed;
  // A run that could not even begin has counted nothing.
  failed += Math.max(counted.failed, result.status === 0 ? 0 : 1);
}
rmSync(report, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function countsOf(file: string): { readonly passed: number; readonly failed: number } {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(file, "utf8")) as Readonly<
      Record<string, number>
    >;
    return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 };
  } catch {
    return { passed: 0, failed: 0 };
  }
}
