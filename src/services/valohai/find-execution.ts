import { HeadraceError } from "../../errors.ts";
import type { ExecutionRecord, ProjectStore, RunRecord } from "../../store/index.ts";

/** An execution, or the run that will make it. */
export type FoundExecution =
  | { readonly kind: "there"; readonly execution: ExecutionRecord; readonly run: RunRecord }
  | { readonly kind: "promised"; readonly run: RunRecord; readonly id: string; readonly number: number };

/** By counter, `latest`, or id. Throws HR_NOT_FOUND. */
export async function findExecution(store: ProjectStore, ref: string): Promise<FoundExecution> {
  const found = await lookUp(store, ref);
  if (found !== undefined) return found;
  throw new HeadraceError("HR_NOT_FOUND", `there is no execution ${JSON.stringify(ref)}`, {
    hint: "list the executions of the project",
  });
}

async function lookUp(store: ProjectStore, ref: string): Promise<FoundExecution | undefined> {
  if (ref === "latest") return await latest(store);
  const number = numberIn(ref);
  if (number === undefined)
    return (await withRun(store, await store.executions.get(ref))) ?? promiseOf(store, { id: ref });
  const found = await store.findByNumber(number);
  const execution = found?.kind === "execution" ? found.execution : undefined;
  return (await withRun(store, execution)) ?? (await promiseOf(store, { number }));
}

async function latest(store: ProjectStore): Promise<FoundExecution | undefined> {
  const { items } = await store.lists.executions({ limit: 1 });
  const promising = (await store.runs.listPromising()).at(-1);
  const isNewer = (promising?.promised?.number ?? 0) > (items[0]?.number ?? 0);
  return isNewer && promising !== undefined ? promiseIn(promising) : await withRun(store, items[0]);
}

async function withRun(
  store: ProjectStore,
  execution: ExecutionRecord | undefined,
): Promise<FoundExecution | undefined> {
  const run = execution === undefined ? undefined : await store.runs.get(execution.runId);
  return execution === undefined || run === undefined ? undefined : { kind: "there", execution, run };
}

async function promiseOf(
  store: ProjectStore,
  by: { readonly id: string } | { readonly number: number },
): Promise<FoundExecution | undefined> {
  const run = await store.runs.findPromise(by);
  return run === undefined ? undefined : promiseIn(run);
}

function promiseIn(run: RunRecord): FoundExecution | undefined {
  return run.promised === undefined ? undefined : { kind: "promised", run, ...run.promised };
}

/** Undefined for what is no number: an id. */
export function numberIn(ref: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(ref) ? Number(ref) : undefined;
}
