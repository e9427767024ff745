import type { StepChecksView } from "../../api/index.ts";
import type { ExecutionRecord, ProjectStore, StepChecksRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { findExecution } from "./refs.ts";

/** Returns the results of the checks of an execution; null where its step has none. */
export async function getStepChecks({ project }: Context, ref: string): Promise<StepChecksView | null> {
  const store = await project.reader();
  return await describeChecks(store, await findExecution(store, ref));
}

export async function describeChecks(
  store: ProjectStore,
  { id }: Pick<ExecutionRecord, "id">,
): Promise<StepChecksView | null> {
  const record = await store.stepChecks.get(id);
  return record === undefined ? null : viewOf(record);
}

function viewOf({ at, subjects, verdict, passed, warned, failed }: StepChecksRecord): StepChecksView {
  return {
    ...{ at: new Date(at).toISOString(), verdict, passed, warned, failed },
    subjects: subjects.map(({ kind, name, files, rows, checks }) => ({
      ...{ kind, name, files: [...files], rows: rows ?? null },
      checks: checks.map(({ figure: _, previous, drift, examples, ...check }) => ({
        ...check,
        examples: examples.map(({ row, values }) => ({ row, values: { ...values } })),
        previous: previous ?? null,
        drift: drift?.map((column) => ({ ...column })) ?? null,
      })),
    })),
  };
}
