import { type ExecutionRecord, executionPages, type ProjectStore } from "../../store/index.ts";

/** All executions of a run, the oldest first. */
export async function executionsOfRun(store: ProjectStore, runId: string): Promise<readonly ExecutionRecord[]> {
  return (await Array.fromAsync(executionPages(store, runId))).flat().reverse();
}
