/**
 * Parse + lint of configurations: lines a second, how ten times the lines cost, and the whole command from the shell.
 * `node bench/config.ts`
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../src/config/index.ts";

const STEP_LINES = 22;

/** Ordinary steps of 22 lines, and one pipeline over some of them. */
function configuration(lines: number, decorate: (step: string, index: number) => string = (step) => step): string {
  const count = Math.round(lines / STEP_LINES);
  const steps = Array.from({ length: count }, (_, index) => decorate(stepText(index), index));
  return steps.join("");
}

function stepText(index: number): string {
  return `- step:
    name: step-${index}
    image: python:3.12
    command:
      - pip install -r requirements.txt
      - python train.py {parameters}
    inputs:
      - name: data
        default: s3://bucket/data-${index}.csv
        optional: true
    parameters:
      - name: learning-rate
        type: float
        default: 0.01
        min: 0
        max: 1
      - name: epochs
        type: integer
        default: ${index}
    environment-variables:
      - name: MODE
        default: "fast"
`;
}

interface Case {
  readonly name: string;
  readonly text: (lines: number) => string;
}

const CASES: readonly Case[] = [
  { name: "plain block style, sound", text: (lines) => configuration(lines) },
  {
    name: "plain block style, a warning per step",
    text: (lines) => configuration(lines, (step) => step.replace("{parameters}", "{parameter:rate}")),
  },
  {
    name: "with an anchor (general reader)",
    text: (lines) =>
      configuration(lines, (step, index) => (index === 0 ? step.replace("python:3.12", "&image python:3.12") : step)),
  },
];

/** Median of the middle runs, in milliseconds. */
function measure(work: () => void): number {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return times[3] ?? 0;
}

/** Processor time of one run, median: other work on the machine does not count. */
function processorMs(work: () => void): number {
  for (let warmUp = 0; warmUp < 5; warmUp++) work();
  const times = Array.from({ length: 9 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }).sort((a, b) => a - b);
  return times[4] ?? 0;
}

for (const { name, text } of CASES) {
  const [small, large] = [text(3000), text(30_000)];
  const run = (source: string) => processorMs(() => void parseConfig({ file: "bench.yaml", text: source }));
  const [smallMs, largeMs] = [run(small), run(large)];
  const rate = large.split("\n").length / (largeMs / 1000);
  console.log(
    `${name}: ${Math.round(rate / 1000)} thousand lines/s; 30,000 lines ${largeMs.toFixed(0)} ms = ${(largeMs / smallMs).toFixed(1)} × 3,000 lines`,
  );
}

/** From the shell, with the built command where there is one. */
function shell(): void {
  const isBuilt = existsSync(join(import.meta.dirname, "../dist"));
  const command = join(import.meta.dirname, isBuilt ? "../bin/headrace.mjs" : "../src/cli/main.ts");
  const folder = mkdtempSync(join(tmpdir(), "headrace-bench-"));
  try {
    for (const lines of [5000, 50_000]) {
      const file = join(folder, `${lines}.yaml`);
      writeFileSync(file, configuration(lines));
      const ms = measure(() => void spawnSync(process.execPath, [command, "lint", file], { stdio: "ignore" }));
      const bare = measure(() => void spawnSync(process.execPath, ["-e", "0"], { stdio: "ignore" }));
      console.log(
        `lint of ${lines} lines from the shell (${isBuilt ? "built" : "unbuilt"}): ${ms.toFixed(0)} ms; node -e 0: ${bare.toFixed(0)} ms`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

shell();
