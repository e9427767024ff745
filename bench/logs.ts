/**
 * Taking in what steps print, against one plain read of the same bytes: `node bench/logs.ts [--lines N]`.
 * The budgets: 100,000 lines a second for several steps at once, no line lost, memory flat.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type ExecutionFolder,
  executionFolder,
  FolderLog,
  LogIntake,
  type LogItem,
  prepareFolder,
  type ReadLogOptions,
  readLog,
} from "../src/contract/index.ts";

const { values } = parseArgs({ options: { lines: { type: "string", default: "1000000" } } });
const LINES = Number(values.lines);
const STEPS = 4;
const parent = mkdtempSync(join(tmpdir(), "bench-logs-"));
let folders = 0;

function newFolder(): ExecutionFolder {
  folders += 1;
  const folder = executionFolder(join(parent, String(folders)));
  prepareFolder(folder);
  return folder;
}

/** Training output: every hundredth line a metric. */
function trainingLog(): Buffer {
  const lines = Array.from({ length: LINES }, (_, n) =>
    n % 100 === 0
      ? `{"step": ${n}, "loss": ${1 / (n + 1)}}`
      : `2026-01-01 00:00:00 INFO step ${n}: reading batch ${n % 977} of shard-07`,
  );
  return Buffer.from(`${lines.join("\n")}\n`);
}

function metricsOnly(): Buffer {
  return Buffer.from(
    `${Array.from({ length: LINES / 10 }, (_, n) => `{"step": ${n}, "loss": ${1 / (n + 1)}, "auc": 0.7}`).join("\n")}\n`,
  );
}

function plainRead(path: string): number {
  const start = performance.now();
  const buffer = Buffer.allocUnsafe(256 * 1024);
  const descriptor = openSync(path, "r");
  while (readSync(descriptor, buffer) > 0);
  closeSync(descriptor);
  return performance.now() - start;
}

async function takeIn(folder: ExecutionFolder): Promise<number> {
  let points = 0;
  const intake = await LogIntake.open({
    folder,
    onMetadata: async (batch) => {
      points += batch.length;
    },
  });
  await intake.drain();
  return points;
}

async function* linesOf(folder: ExecutionFolder, options: ReadLogOptions = {}): AsyncGenerator<LogItem> {
  await using log = new FolderLog(folder.logs);
  yield* readLog(log, options);
}

function report(what: string, lines: number, ms: number, plainMs?: number): void {
  const ratio = plainMs === undefined ? "" : `, ${(ms / plainMs).toFixed(1)} x a plain read`;
  console.log(`${what}: ${Math.round(lines / (ms / 1000)).toLocaleString("en")} lines/s (${ms.toFixed(0)} ms${ratio})`);
}

async function measureIntake(what: string, log: Buffer, lines: number): Promise<ExecutionFolder> {
  const folder = newFolder();
  writeFileSync(join(folder.logs, "stdout"), log);
  plainRead(join(folder.logs, "stdout"));
  const plain = plainRead(join(folder.logs, "stdout"));
  const start = performance.now();
  const points = await takeIn(folder);
  report(`${what}, ${points.toLocaleString("en")} metrics`, lines, performance.now() - start, plain);
  return folder;
}

async function measureReading(folder: ExecutionFolder): Promise<void> {
  const plain = plainRead(join(folder.logs, "stdout"));
  let start = performance.now();
  let lines = 0;
  for await (const _ of linesOf(folder)) lines += 1;
  report("reading it back line by line", lines, performance.now() - start, plain);
  start = performance.now();
  for await (const _ of linesOf(folder, { tail: 10 }));
  console.log(`its last 10 lines: ${(performance.now() - start).toFixed(1)} ms`);
}

/** Real processes that print as fast as they can while their logs are taken in. */
async function measureLive(): Promise<void> {
  const bareMs = await bareWriters();
  const start = performance.now();
  const counts = await Promise.all(
    Array.from({ length: STEPS }, async () => {
      const folder = newFolder();
      const stdout = openSync(join(folder.logs, "stdout"), "a");
      const intake = await LogIntake.open({ folder });
      const child = spawn("seq", [String(LINES)], { stdio: ["ignore", stdout, "ignore"] });
      closeSync(stdout);
      await once(child, "close");
      await intake.drain();
      let last = "";
      for await (const item of linesOf(folder, { tail: 1 })) last = item.text;
      return Number(last);
    }),
  );
  const ms = performance.now() - start;
  if (counts.some((count) => count !== LINES)) throw new Error(`lines are missing: ${counts.join(", ")}`);
  report(`${STEPS} steps that print ${LINES.toLocaleString("en")} lines each at once`, STEPS * LINES, ms);
  console.log(`  ${(ms / bareMs).toFixed(1)} x the same processes with nobody taking in what they print`);
}

/** The limit: as many processes that print into files. */
async function bareWriters(): Promise<number> {
  const start = performance.now();
  await Promise.all(
    Array.from({ length: STEPS }, async (_, number) => {
      const target = openSync(join(parent, `bare-${number}`), "w");
      const child = spawn("seq", [String(LINES)], { stdio: ["ignore", target, "ignore"] });
      closeSync(target);
      await once(child, "close");
    }),
  );
  return performance.now() - start;
}

async function measureMemory(): Promise<void> {
  const folder = newFolder();
  const block = Buffer.alloc(1024 * 1024, '{"x": "');
  for (let n = 0; n < 100; n += 1) appendFileSync(join(folder.logs, "stdout"), block);
  await takeIn(folder);
  global.gc?.();
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 1);
  rmSync(join(folder.logs, "index"));
  await takeIn(folder);
  for await (const _ of linesOf(folder)) peak = Math.max(peak, process.memoryUsage.rss());
  clearInterval(timer);
  console.log(`a line of 100 MB, taken in and read: ${((peak - before) / 1024 / 1024).toFixed(0)} MB more resident`);
}

try {
  await measureMemory();
  await measureIntake("taking in (warm-up)", trainingLog(), LINES);
  const folder = await measureIntake("taking in a training log", trainingLog(), LINES);
  await measureReading(folder);
  await measureIntake("taking in nothing but metrics", metricsOnly(), LINES / 10);
  await measureLive();
} finally {
  rmSync(parent, { recursive: true });
}
