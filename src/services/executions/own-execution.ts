import { HeadraceError } from "../../errors.ts";
import type { Actor, InputFileRecord, ProjectStore } from "../../store/index.ts";

/** Says in words what an execution is doing; the last text counts. Nothing of it is recorded once it has ended. */
export async function setStatusDetail(
  store: Pick<ProjectStore, "executions" | "events">,
  executionId: string,
  { text, at }: { readonly text: string; readonly at: number },
): Promise<void> {
  const execution = await store.executions.get(executionId);
  if (execution === undefined) throw gone(executionId);
  const { runId, node } = execution;
  const actor: Actor = `execution:${executionId}`;
  await store.events.remark({ runId, node, executionId }, [{ kind: "progress", message: text }], at, actor);
}

/** The files of some inputs of an execution, by the names of the inputs; those of all inputs if none is named. */
export async function inputFilesOf(
  store: Pick<ProjectStore, "data">,
  executionId: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly InputFileRecord[]>> {
  const wanted = new Set(names);
  const files = await store.data.listInputFiles(executionId);
  return Map.groupBy(
    files.filter(({ input }) => wanted.size === 0 || wanted.has(input)),
    ({ input }) => input,
  );
}

function gone(executionId: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `there is no execution ${executionId} any more`, {
    hint: "its run was removed",
  });
}
