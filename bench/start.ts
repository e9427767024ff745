/**
 * Measures what starting the program costs, from the shell to its exit, beside `node -e 0` in the same rounds: `node
 * bench/start.ts [--rounds 30]`. The budgets: `headrace --version` at most 1.5 times, `headrace ls` at most 3 times as
 * long. Build first: users start the bundle.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "30" } } });
const program = join(import.meta.dirname, "../bin/headrace.mjs");
const folder = mkdtempSync(join(tmpdir(), "headrace-bench-start-"));
writeFileSync(join(folder, "valohai.yaml"), '- step: {name: nothing, image: none, command: "true"}\n');

const CASES: readonly (readonly [name: string, arguments_: readonly string[], budget?: number])[] = [
  ["node -e 0", ["-e", "0"]],
  ["headrace --version", [program, "--version"], 1.5],
  ["headrace ls", [program, "ls"], 3],
  ["headrace info latest", [program, "info", "latest"]],
  ["headrace lint", [program, "lint"]],
];

try {
  for (let run = 0; run < 5; run++) once([program, "run", "nothing", "--sandbox", "off"]);
  const times = CASES.map((): number[] => []);
  // In turn, so that what else the machine does falls upon all alike.
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [index, [, arguments_]] of CASES.entries()) times[index]?.push(once(arguments_));
  }
  const limit = median(times[0] ?? []);
  for (const [index, [name, , budget]] of CASES.entries()) {
    const own = median(times[index] ?? []);
    const ratio =
      index === 0 ? "" : `  ${(own / limit).toFixed(2)} × node${budget === undefined ? "" : ` (budget ${budget})`}`;
    console.log(`start: ${name.padEnd(22)} p50 ${own.toFixed(0).padStart(4)} ms${ratio}`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function once(arguments_: readonly string[]): number {
  const since = performance.now();
  const { status, stderr } = spawnSync(process.execPath, arguments_, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (status !== 0) throw new Error(`${arguments_.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - since;
}

function median(values_: readonly number[]): number {
  return values_.toSorted((a, b) => a - b)[Math.floor(values_.length / 2)] ?? Number.NaN;
}
