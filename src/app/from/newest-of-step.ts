import type { Store } from "../../store/index.ts";

/** How many runs are looked through for a node of that name. */
const RUNS = 100;

/** The number of the newest execution of a step, or of a node of that name; undefined where there is none. */
export async function newestOfStep(store: Store, step: string): Promise<number | undefined> {
  const [nearest] = await store.listNearest({ step, limit: 1 });
  const known = nearest === undefined ? undefined : (await store.getExecution(nearest.executionId))?.number;
  for (const run of await store.listRuns({ limit: RUNS })) {
    const executionId = (await store.listNodes(run.id)).find(({ name }) => name === step)?.executionId;
    const execution = executionId === undefined ? undefined : await store.getExecution(executionId);
    if (execution !== undefined) return Math.max(execution.number, known ?? 0);
  }
  return known;
}
