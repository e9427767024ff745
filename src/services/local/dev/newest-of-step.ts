import type { ProjectStore } from "../../../store/index.ts";

/** Number of runs that are looked through for a node of that name. */
const RUNS = 100;

/** The number of the newest execution of a step, or of a node of that name; undefined where there is none. */
export async function newestOfStep(store: ProjectStore, step: string): Promise<number | undefined> {
  const [nearest] = await store.reuse.listNearest({ step, limit: 1 });
  const known = nearest === undefined ? undefined : (await store.executions.get(nearest.executionId))?.number;
  for (const run of (await store.lists.runs({ limit: RUNS })).items) {
    const executionId = (await store.nodes.list(run.id)).find(({ name }) => name === step)?.executionId;
    const execution = executionId === undefined ? undefined : await store.executions.get(executionId);
    if (execution !== undefined) return Math.max(execution.number, known ?? 0);
  }
  return known;
}
