/**
 * What the metadata database costs, each figure beside the limit that the same disk sets.
 *
 *     node bench/store.ts [--rows 1000000] [--folder DIR]
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Sqlite from "better-sqlite3";
import type { Plan, PlannedNode } from "../src/planning/index.ts";
import { openStore, type RunRecord, type Store } from "../src/store/index.ts";

const { values: options } = parseArgs({
  options: { rows: { type: "string", default: "1000000" }, folder: { type: "string", default: tmpdir() } },
});

const EXECUTIONS = 4_000;
const POINTS = 200_000;
const NODES = 100_000;

const folder = mkdtempSync(join(options.folder, "headrace-bench-store-"));
const file = join(folder, "headrace.db");
try {
  syncsOfTheDisk();
  await inStore("executions.db", executionsPerSecond);
  await inStore("metadata.db", metadataPerSecond);
  await inStore("large-run.db", largeRun);
  await manyRows(Number(options.rows));
} finally {
  rmSync(folder, { recursive: true });
}

function report(what: string, figure: string): void {
  console.log(`${what.padEnd(62)} ${figure}`);
}

function perSecond(count: number, sinceMs: number): string {
  return `${Math.round((count / (performance.now() - sinceMs)) * 1_000).toLocaleString("en")}/s`;
}

async function inStore(name: string, work: (store: Store) => Promise<void>): Promise<void> {
  await using store = await openStore({ file: join(folder, name), projectName: "bench" });
  await work(store);
}

/** The limit: a page written and synced, again and again. */
function syncsOfTheDisk(): void {
  const target = openSync(join(folder, "sync"), "w");
  const page = Buffer.alloc(4_096, 1);
  const since = performance.now();
  for (let index = 0; index < 2_000; index++) {
    writeSync(target, page, 0, page.length, index * page.length);
    fdatasyncSync(target);
  }
  report("bare 4 KiB write + fdatasync", perSecond(2_000, since));
  closeSync(target);
}

function plan(nodes: number): Plan {
  const step: PlannedNode["step"] = {
    name: "train",
    image: "python:3.12",
    command: ["python train.py {parameters}"],
    environmentVariables: [],
    environmentVariableGroups: [],
    inputs: [],
    outputs: [],
    parameters: [],
    mounts: [],
    cacheVolumes: [],
  };
  const planned = Array.from({ length: nodes }, (_, index): PlannedNode => {
    return {
      name: `node-${index}`,
      step,
      parameters: { seed: index },
      parameterEdges: [],
      inputs: [],
      environmentVariables: {},
      environmentVariableEdges: [],
      dependsOn: index === 0 ? [] : ["node-0"],
      onError: "stop-all",
      edgeMergeMode: "replace",
      actions: [],
    };
  });
  return { kind: "pipeline", name: "bench", nodes: planned, parameters: {} };
}

function createRun(store: Store, nodes: number): Promise<RunRecord> {
  return store.createRun({ plan: plan(nodes), commit: "~bench", jobs: 1, tags: ["bench"], at: Date.now() });
}

/** The accounting of a no-op execution: three transactions, each synced unless it shares its commit. */
async function account(store: Store, run: RunRecord, node: string): Promise<void> {
  const execution = await store.createExecution({
    runId: run.id,
    node,
    step: "train",
    image: "python:3.12",
    commit: run.commit,
    resolved: { parameters: { seed: 1 }, inputs: [], environmentVariables: {}, command: ["python train.py --seed=1"] },
    at: Date.now(),
  });
  if (execution === undefined) throw new Error(`${node} was taken`);
  const fence = await store.claimExecution(execution.id, "bench:1:1", Date.now());
  if (fence === undefined) throw new Error(`${node} was claimed`);
  await store.finishExecution(execution.id, fence, { state: "complete", exitCode: 0, outputs: [], at: Date.now() });
}

async function executionsPerSecond(store: Store): Promise<void> {
  for (const width of [1, 2, 8, 32]) {
    const run = await createRun(store, EXECUTIONS);
    const nodes = Array.from({ length: EXECUTIONS }, (_, index) => `node-${index}`).values();
    const since = performance.now();
    const one = async () => {
      for (const node of nodes) await account(store, run, node);
    };
    await Promise.all(Array.from({ length: width }, one));
    report(`create + claim + finish, ${width} at a time`, perSecond(EXECUTIONS, since));
  }
}

async function metadataPerSecond(store: Store): Promise<void> {
  const run = await createRun(store, 1);
  const resolved = { parameters: {}, inputs: [], environmentVariables: {}, command: [] };
  const execution = await store.createExecution({ runId: run.id, node: "node-0", step: "s", image: "i", commit: "c", resolved, at: 1 });
  const id = execution?.id ?? "";
  const fence = (await store.claimExecution(id, "bench:1:1", 1)) ?? -1;
  const since = performance.now();
  for (let first = 0; first < POINTS; first += 2_000) {
    const points = Array.from({ length: 2_000 }, (_, index) => {
      return { offset: (first + index) * 40, at: first + index, values: { epoch: first + index, loss: 1 / (first + index + 1) } };
    });
    await store.addMetadata(id, fence, points);
  }
  report("metadata points, batches of 2,000", perSecond(POINTS, since));
}

async function largeRun(store: Store): Promise<void> {
  const large = plan(NODES);
  let since = performance.now();
  const lap = (what: string) => {
    report(what, `${Math.round(performance.now() - since)} ms`);
    since = performance.now();
  };
  const run = await store.createRun({ plan: large, commit: "~bench", jobs: 1, tags: [], at: 1 });
  lap("createRun, 100,000 nodes");
  await store.getPlan(run.id);
  lap("getPlan of it");
  await store.listNodes(run.id);
  lap("listNodes of it");
}

/** Pages of a project of a million executions (and a tenth as many runs), each by a process-fresh connection that only reads. */
async function manyRows(rows: number): Promise<void> {
  await (await openStore({ file, projectName: "bench" }))[Symbol.asyncDispose]();
  fill(rows);
  const before = process.memoryUsage.rss();
  const opened = performance.now();
  await using store = await openStore({ file, projectName: "bench", readOnly: true });
  await store.listRuns({ limit: 20 });
  report(`open and list 20 runs, ${rows.toLocaleString("en")} executions`, `${(performance.now() - opened).toFixed(1)} ms`);
  const pages: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["by number", () => store.listExecutions({ limit: 50 })],
    ["by number, from the middle", () => store.listExecutions({ limit: 50, beforeNumber: rows / 2 })],
    ["by a rare state", () => store.listExecutions({ limit: 50, states: ["error"] })],
    ["by two states", () => store.listExecutions({ limit: 50, states: ["complete", "error"] })],
    ["by step", () => store.listExecutions({ limit: 50, step: "step-3" })],
    ["by step and a rare state", () => store.listExecutions({ limit: 50, step: "step-3", states: ["error"] })],
    ["of one run", () => store.listExecutions({ limit: 50, runId: "run-7" })],
    ["runs by name", () => store.listRuns({ limit: 50, name: "pipeline-3" })],
    ["runs by tag and a rare state", () => store.listRuns({ limit: 50, tag: "nightly", states: ["error"] })],
    ["an execution by number", () => store.findByNumber(rows)],
  ];
  for (const [what, query] of pages) {
    const times: number[] = [];
    for (let repeat = 0; repeat < 21; repeat++) {
      const since = performance.now();
      await query();
      times.push(performance.now() - since);
    }
    const [first = 0] = times;
    const median = times.toSorted((a, b) => a - b)[10] ?? 0;
    report(`  page of 50 ${what}`, `first ${first.toFixed(2)} ms, median ${median.toFixed(2)} ms`);
  }
  report("  memory that these pages took", `${Math.round((process.memoryUsage.rss() - before) / 1_048_576)} MB`);
}

/** Straight into the tables: through the store it would take a quarter of an hour. */
function fill(rows: number): void {
  const connection = new Sqlite(file);
  const counting = "with recursive counter (i) as (select 1 union all select i + 1 from counter where i < ?)";
  const state = "case when i % 5000 = 0 then 'error' else 'complete' end";
  connection.pragma("synchronous = off");
  connection.transaction(() => {
    connection
      .prepare(
        `${counting} insert into runs (key, id, project_key, number, kind, name, state, tags, parameters, commit_id, jobs, created_at)
         select i, 'run-' || i, 1, i * 11, 'pipeline', 'pipeline-' || (i % 20), ${state}, '["nightly"]', '{}', '~c', 1, i from counter`,
      )
      .run(Math.ceil(rows / 10));
    connection.exec("insert into run_tags select 1, 'nightly', state, number, name, key from runs");
    connection
      .prepare(
        `${counting} insert into executions (key, id, project_key, number, run_key, node, step, state, commit_id, image, environment,
           metadata, created_at, fence)
         select i, 'execution-' || i, 1, i + i / 10 + 1, 1 + (i - 1) / 10, 'node', 'step-' || (i % 6), ${state}, '~c', 'python:3.12',
           '{"sandbox":"bubblewrap"}', '{"loss":0.25}', i, 1 from counter where (i + i / 10 + 1) % 11 <> 0`,
      )
      .run(rows);
    connection.exec("insert into execution_specs select key, '[\"python train.py\"]', '{}', '[]', '{}' from executions");
  })();
  connection.close();
}
