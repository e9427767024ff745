/** What the store is measured by on any database: the accounting of executions, metadata, a large run. */
import type { Plan, PlannedNode } from "../../src/planning/index.ts";
import type { ExecutionRecord, RunRecord, Store } from "../../src/store/index.ts";

const EXECUTIONS = 4_000;
const POINTS = 200_000;
const NODES = 100_000;

export function report(what: string, figure: string): void {
  console.log(`${what.padEnd(62)} ${figure}`);
}

export function perSecond(count: number, sinceMs: number): string {
  return `${Math.round((count / (performance.now() - sinceMs)) * 1_000).toLocaleString("en")}/s`;
}

export function plan(nodes: number): Plan {
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

export function createRun(store: Store, nodes: number): Promise<RunRecord> {
  return store.createRun({ plan: plan(nodes), commit: "~bench", jobs: 1, tags: ["bench"], at: Date.now() });
}

function queue(store: Store, run: RunRecord, node: string): Promise<ExecutionRecord | undefined> {
  return store.createExecution({
    runId: run.id,
    node,
    step: "train",
    image: "python:3.12",
    environmentName: "local",
    commit: run.commit,
    resolved: { parameters: { seed: 1 }, inputs: [], environmentVariables: {}, command: ["python train.py --seed=1"] },
    at: Date.now(),
  });
}

/** An execution for every node of the run; returns their ids. */
export async function queueAll(store: Store, run: RunRecord): Promise<readonly string[]> {
  const nodes = await store.listNodes(run.id);
  const executions = await Promise.all(nodes.map(({ name }) => queue(store, run, name)));
  return executions.flatMap((execution) => (execution === undefined ? [] : [execution.id]));
}

/** The accounting of a no-op execution: three transactions, each synced unless it shares its commit. */
async function account(store: Store, run: RunRecord, node: string): Promise<void> {
  const execution = await queue(store, run, node);
  if (execution === undefined) throw new Error(`${node} was taken`);
  const fence = await store.claimExecution(execution.id, "bench:1:1", Date.now());
  if (fence === undefined) throw new Error(`${node} was claimed`);
  await store.finishExecution(execution.id, fence, { state: "complete", exitCode: 0, outputs: [], at: Date.now() });
}

export async function executionsPerSecond(store: Store): Promise<void> {
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

export async function metadataPerSecond(store: Store): Promise<void> {
  const run = await createRun(store, 1);
  const resolved = { parameters: {}, inputs: [], environmentVariables: {}, command: [] };
  const execution = await store.createExecution({
    runId: run.id,
    node: "node-0",
    step: "s",
    image: "i",
    environmentName: "local",
    commit: "c",
    resolved,
    at: 1,
  });
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

export async function largeRun(store: Store): Promise<void> {
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
