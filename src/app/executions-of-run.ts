import { type ExecutionRecord, executionPages, type Store } from "../store/index.ts";

/** All executions of a run, the oldest first. */
export async function executionsOfRun(store: Store, runId: string): Promise<readonly ExecutionRecord[]> {
  return (await Array.fromAsync(executionPages(store, runId))).flat().reverse();
}
