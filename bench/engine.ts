/**
 * Measures what a step costs from one end of the engine to the other (database, folder, code, process, log, outputs),
 * beside a bare loop of spawns in the same run and beside the least that such a step costs on this machine (floor.ts):
 * a chain, in which each step waits for the one before, and a fan-out, in which all are ready at once.
 *
 *     node [--expose-gc] bench/engine.ts [--chain 500] [--fan 2000] [--jobs CORES] [--sandbox off|auto|…] [--files 1]
 */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { openProject, SANDBOX_CHOICES, type SandboxChoice } from "../src/services/index.ts";

const { values: options } = parseArgs({
  options: {
    chain: { type: "string", default: "500" },
    fan: { type: "string", default: "2000" },
    jobs: { type: "string", default: String(availableParallelism()) },
    /** Without it: off, then the best that this machine has. */
    sandbox: { type: "string" },
    /** Files of code in the project. */
    files: { type: "string", default: "1" },
  },
});
const jobs = Number(options.jobs);
const sandboxes = options.sandbox === undefined ? (["off", "auto"] as const) : [sandboxChoice(options.sandbox)];
const root = mkdtempSync(join(tmpdir(), "headrace-bench-engine-"));
/** Steps of the bare loop: their time is steady. */
const FLOOR_STEPS = 100;
const REQUEST = { target: "p", parameters: [], inputs: [], environmentVariables: {} };
try {
  await warmUp();
  for (const sandbox of sandboxes) {
    await measure("chain", Number(options.chain), sandbox);
    await measure("fan-out", Number(options.fan), sandbox);
  }
} finally {
  rmSync(root, { recursive: true });
}

async function measure(shape: "chain" | "fan-out", nodes: number, sandbox: SandboxChoice): Promise<void> {
  if (nodes === 0) return;
  const folder = mkdtempSync(join(root, "project-"));
  writeFileSync(join(folder, "valohai.yaml"), pipelineText(nodes, shape === "chain"));
  for (let file = 1; file < Number(options.files); file++)
    writeFileSync(join(folder, `file-${file}.py`), `# ${file}\n`.repeat(100));
  const width = shape === "chain" ? 1 : jobs;
  const bareS = await seconds(() => bareLoop(nodes, width));
  const floorMs = await floorOf(width, sandbox);
  await using project = await openProject({ cwd: folder, sandbox, env: process.env });
  const rssBefore = process.memoryUsage.rss();
  const cpuBefore = process.cpuUsage();
  const ends: number[] = [];
  /** After a quarter of the steps (what the start needed goes with the collection after that), half and all of them. */
  const heaps: number[] = [];
  let state = "";
  const ownS = await seconds(async () => {
    const onEvent = (event: { readonly kind: string; readonly state?: string }): void => {
      if (event.kind === "execution-state" && event.state === "complete") ends.push(performance.now());
      if ([Math.round(nodes / 4), Math.round(nodes / 2), nodes].includes(ends.length))
        heaps[ends.length] ??= heapAfterCollection();
    };
    const { id } = await project.api.plans.create(REQUEST);
    ({ state } = await project.driving.run(id, { tags: [], jobs: width, onEvent: ({ body }) => onEvent(body) }));
  });
  if (state !== "complete") throw new Error(`the run ended as ${state}`);
  const rate = `${Math.round(nodes / ownS)} steps/s, ${((ownS / nodes) * 1000).toFixed(1)} ms a step`;
  const drift = `last tenth ${(paceOf(ends.slice(-nodes / 10)) / paceOf(ends.slice(0, nodes / 10))).toFixed(2)} × the first`;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpu = `engine's own CPU ${((user + system) / 1000 / nodes).toFixed(1)} ms a step`;
  const growth = (heaps[nodes] ?? Number.NaN) - (heaps[Math.round(nodes / 2)] ?? Number.NaN);
  const heap = Number.isNaN(growth) ? "" : `; heap ${(((growth / nodes) * 2) / 1000).toFixed(2)} KB a step`;
  const memory = `+${((process.memoryUsage.rss() - rssBefore) / 1e6).toFixed(0)} MB resident`;
  console.log(
    `${shape} of ${nodes}, sandbox ${sandbox}, ${width} at a time: ${ownS.toFixed(1)} s (${rate}; ${cpu}; ${drift}; ${memory}${heap})`,
  );
  console.log(`  bare loop of as many spawns: ${bareS.toFixed(1)} s; ratio ${(ownS / bareS).toFixed(1)}`);
  const stepMs = (ownS / nodes) * 1_000;
  console.log(
    `  syncs, files and programs of a step alone: ${floorMs.toFixed(1)} ms; ratio ${(stepMs / floorMs).toFixed(2)}`,
  );
}

/**
 * Runs two steps, so that no figure holds the loading of the sources: through type stripping it takes a second and a
 * half of processor time, 3 ms for each step of a chain of 500. The bundle, which users start, takes a tenth of it.
 */
async function warmUp(): Promise<void> {
  const folder = mkdtempSync(join(root, "warm-"));
  writeFileSync(join(folder, "valohai.yaml"), pipelineText(2, true));
  await using project = await openProject({ cwd: folder, sandbox: "off", env: process.env });
  const { id } = await project.api.plans.create(REQUEST);
  await project.driving.run(id, { tags: [], jobs: 1 });
}

/** Milliseconds a step, in a process of its own: a lean one starts programs sooner. */
async function floorOf(width: number, sandbox: SandboxChoice): Promise<number> {
  const kind = sandbox === "off" ? "off" : "bubblewrap";
  const words = ["--steps", String(FLOOR_STEPS), "--width", String(width), "--sandbox", kind];
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "floor.ts"), ...words]);
  return ((JSON.parse(stdout) as { readonly seconds: number }).seconds / FLOOR_STEPS) * 1_000;
}

/** Not a number without `--expose-gc`. */
function heapAfterCollection(): number {
  if (globalThis.gc === undefined) return Number.NaN;
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

/** Milliseconds from one end to the next. */
function paceOf(ends: readonly number[]): number {
  return ((ends.at(-1) ?? 0) - (ends[0] ?? 0)) / Math.max(1, ends.length - 1);
}

function pipelineText(nodes: number, chained: boolean): string {
  const lines = ["- step: { name: s, image: '', command: 'true' }", "- pipeline:", "    name: p", "    nodes:"];
  for (let node = 0; node < nodes; node++) lines.push(`      - { name: n${node}, type: execution, step: s }`);
  lines.push(chained && nodes > 1 ? "    edges:" : "    edges: []");
  for (let node = 1; chained && node < nodes; node++)
    lines.push(`      - [n${node - 1}.dependency.x, n${node}.dependency.x]`);
  return `${lines.join("\n")}\n`;
}

async function bareLoop(count: number, width: number): Promise<void> {
  const turns = Array.from({ length: count }).values();
  const loop = async (): Promise<void> => {
    for (const _ of turns) {
      await new Promise<void>((resolve, reject) => {
        spawn("/bin/sh", ["-c", "true"], { stdio: "ignore" })
          .once("exit", () => resolve())
          .once("error", reject);
      });
    }
  };
  await Promise.all(Array.from({ length: width }, loop));
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1000;
}

function sandboxChoice(text: string): SandboxChoice {
  const choice = SANDBOX_CHOICES.find((candidate) => candidate === text);
  if (choice === undefined) throw new Error(`--sandbox takes ${SANDBOX_CHOICES.join(", ")}, not ${text}`);
  return choice;
}
