import type { ProjectStore } from "../../src/store/index.ts";

/** Returns what a store tells of a project, as JSON. A fixture keeps the answers of the program that made it. */
export async function tell(store: ProjectStore): Promise<unknown> {
  const runs = (await store.lists.runs({ limit: 100 })).items;
  const executions = (await store.lists.executions({ limit: 100 })).items;
  const told = {
    runs,
    executions,
    plans: await Promise.all(runs.map((run) => store.nodes.getPlan(run.id))),
    nodes: await Promise.all(runs.map((run) => store.nodes.list(run.id))),
    points: await Promise.all(executions.map(({ id }) => store.metadata.list(id, { limit: 10_000 }))),
    outputs: await Promise.all(executions.map(({ id }) => store.data.listOutputs(id))),
    inputs: await Promise.all(executions.map(({ id }) => store.data.listInputFiles(id))),
    fingerprints: await Promise.all(executions.map(async ({ id }) => (await store.reuse.getFingerprint(id)) ?? null)),
    events: await store.events.list({ afterId: 0, limit: 1_000 }),
    engines: await store.engines.list(),
    snapshot: await store.snapshots.get(runs[0]?.commit ?? ""),
  };
  return JSON.parse(JSON.stringify(told));
}
