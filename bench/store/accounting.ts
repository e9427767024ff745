/** Measures the store on any database: the accounting of executions, metadata, a large run. */
import type { Plan, PlannedNode } from "../../src/planning/index.ts";
import type { NewExecution, ProjectStore, RunRecord } from "../../src/store/index.ts";

const POINTS = 200_000;
const NODES = 100_000;

export function report(what: string, figure: string): void {
  console.log(`${what.padEnd(62)} ${figure}`);
}

/** So many a second. */
export function rate(count: number, sinceMs: number): number {
  return (count / (performance.now() - sinceMs)) * 1_000;
}

export function perSecond(count: number, sinceMs: number): string {
  return `${Math.round(rate(count, sinceMs)).toLocaleString("en")}/s`;
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
      kind: "execution",
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

export function createRun(store: ProjectStore, nodes: number): Promise<RunRecord> {
  return store.runs.create({
    plan: plan(nodes),
    commit: "~bench",
    jobs: 1,
    actor: "local:me",
    tags: ["bench"],
    at: Date.now(),
  });
}

function newExecution(run: RunRecord, node: string): NewExecution {
  return {
    runId: run.id,
    node,
    step: "train",
    image: "python:3.12",
    environmentName: "local",
    commit: run.commit,
    resolved: { parameters: { seed: 1 }, inputs: [], environmentVariables: {}, command: ["python train.py --seed=1"] },
    at: Date.now(),
  };
}

/** An execution for every node of the run; returns their ids. */
export async function queueAll(store: ProjectStore, run: RunRecord): Promise<readonly string[]> {
  const nodes = await store.nodes.list(run.id);
  const executions = await Promise.all(nodes.map(({ name }) => store.queue.add(newExecution(run, name))));
  return executions.flatMap((execution) => (execution === undefined ? [] : [execution.id]));
}

/**
 * The accounting of an execution that does nothing, as an engine with a free slot does it: two transactions, each
 * synced unless it shares its commit.
 */
export async function account(store: ProjectStore, run: RunRecord, node: string): Promise<void> {
  const started = await store.queue.start(newExecution(run, node), { owner: "bench:1:1" });
  if (started?.fence === undefined) throw new Error(`${node} was taken`);
  await store.executions.finish(started.execution.id, started.fence, {
    state: "complete",
    exitCode: 0,
    outputs: [],
    at: Date.now(),
  });
}

/** Beside the budget: executions a second that one engine process must reach. */
export async function executionsPerSecond(
  store: ProjectStore,
  { executions, budget }: { readonly executions: number; readonly budget: number },
): Promise<void> {
  let best = 0;
  for (const width of [1, 2, 8, 32]) {
    const run = await createRun(store, executions);
    const nodes = Array.from({ length: executions }, (_, index) => `node-${index}`).values();
    const since = performance.now();
    const one = async () => {
      for (const node of nodes) await account(store, run, node);
    };
    await Promise.all(Array.from({ length: width }, one));
    best = Math.max(best, rate(executions, since));
    report(`begin + finish, ${width} at a time`, perSecond(executions, since));
  }
  report(`  the best of these by the budget of ${budget.toLocaleString("en")}/s`, `${(best / budget).toFixed(1)} ×`);
}

export async function metadataPerSecond(store: ProjectStore): Promise<void> {
  const run = await createRun(store, 1);
  const resolved = { parameters: {}, inputs: [], environmentVariables: {}, command: [] };
  const execution = await store.queue.add({
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
  const fence = (await store.queue.claim(id, "bench:1:1", 1)) ?? -1;
  const since = performance.now();
  for (let first = 0; first < POINTS; first += 2_000) {
    const points = Array.from({ length: 2_000 }, (_, index) => {
      return {
        offset: (first + index) * 40,
        at: first + index,
        values: { epoch: first + index, loss: 1 / (first + index + 1) },
      };
    });
    await store.metadata.add(id, fence, points);
  }
  report("metadata points, batches of 2,000", perSecond(POINTS, since));
}

export async function largeRun(store: ProjectStore): Promise<void> {
  const large = plan(NODES);
  let since = performance.now();
  const lap = (what: string) => {
    report(what, `${Math.round(performance.now() - since)} ms`);
    since = performance.now();
  };
  const run = await store.runs.create({ plan: large, commit: "~bench", jobs: 1, actor: "local:me", tags: [], at: 1 });
  lap("createRun, 100,000 nodes");
  await store.nodes.getPlan(run.id);
  lap("getPlan of it");
  await store.nodes.list(run.id);
  lap("listNodes of it");
}
