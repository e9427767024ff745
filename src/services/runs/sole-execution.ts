import type { ProjectStore, RunRecord } from "../../store/index.ts";

/** The execution that was promised for a run of a step when it was recorded, also where it is there by now. */
export async function soleExecution(
  store: ProjectStore,
  run: RunRecord,
): Promise<{ readonly id: string; readonly number: number } | undefined> {
  if (run.promised !== undefined) return run.promised;
  if (run.kind !== "step") return undefined;
  const [node] = await store.nodes.list(run.id);
  const execution = node?.executionId === undefined ? undefined : await store.executions.get(node.executionId);
  return execution?.runId === run.id ? { id: execution.id, number: execution.number } : undefined;
}
