import type { CountedList, ValohaiApi, ValohaiExecution, ValohaiExecutionDetail } from "../../api/index.ts";
import type { PlannedNode } from "../../planning/index.ts";
import type { ExecutionQuery, ProjectStore, RunRecord, RunState } from "../../store/index.ts";
import { isoTime } from "../records/view-of.ts";
import { eventsOf } from "./events.ts";
import { executionDetail, executionView, type Surroundings, surroundingsOf } from "./execution-view.ts";
import { type FoundExecution, findExecution, numberIn } from "./find-execution.ts";
import type { ValohaiContext } from "./valohai-api.ts";

type Filter = Parameters<ValohaiApi["executions"]["list"]>[0];
type Query = Omit<ExecutionQuery, "limit" | "after">;

const NOTHING = { count: 0, results: [] };
const INCOMPLETE = ["created", "queued", "started", "stopping"] as const;

/** A page of executions, with those that have not begun. */
export async function listExecutions(context: ValohaiContext, filter: Filter): Promise<CountedList<ValohaiExecution>> {
  if (filter.deleted === true || filter.creator === null) return NOTHING;
  const around = await surroundingsOf(context);
  const store = await context.project.writer();
  const query = await queryOf(store, filter);
  if (query === undefined) return NOTHING;
  const ascending = !filter.ordering.startsWith("-");
  const promised = (await promisedOf(store, filter, query)).sort(
    (a, b) => (a.number - b.number) * (ascending ? 1 : -1),
  );
  // Those that are not there yet are few: they are sorted in among the others.
  const start = Math.max(0, filter.offset - promised.length);
  const { items, count } = await store.lists.executionsAt(
    { ...query, sort: { by: "number", direction: ascending ? "ascending" : "descending" } },
    { offset: start, limit: filter.offset - start + filter.limit },
  );
  const runs = await runsOf(
    store,
    items.map(({ runId }) => runId),
  );
  const there = items.flatMap((execution): FoundExecution[] => {
    const run = runs.get(execution.runId);
    return run === undefined ? [] : [{ kind: "there", execution, run }];
  });
  const merged = [...there, ...promised].sort((a, b) => (numberOf(a) - numberOf(b)) * (ascending ? 1 : -1));
  const page = merged.slice(filter.offset - start, filter.offset - start + filter.limit);
  const results = [];
  for (const found of page) results.push(executionView(around, found, await plannedNode(store, found)));
  return { count: count + promised.length, results };
}

function numberOf(found: FoundExecution): number {
  return found.kind === "there" ? found.execution.number : found.number;
}

async function runsOf(store: ProjectStore, ids: readonly string[]): Promise<ReadonlyMap<string, RunRecord>> {
  const runs = await Promise.all([...new Set(ids)].map((id) => store.runs.get(id)));
  return new Map(runs.flatMap((run) => (run === undefined ? [] : [[run.id, run] as const])));
}

/** Undefined where nothing can meet the filter. */
async function queryOf(store: ProjectStore, filter: Filter): Promise<Query | undefined> {
  const { status, counter, creator, tag, step, pipeline } = filter;
  const states = status === undefined ? undefined : statesOf(status);
  const runId = pipeline === undefined ? undefined : await pipelineId(store, pipeline);
  if (states?.length === 0 || (pipeline !== undefined && runId === undefined)) return undefined;
  return {
    ...(states !== undefined && { states }),
    ...(counter !== undefined && { numbers: counter }),
    ...(typeof creator === "string" && { actor: creator as Query["actor"] & string }),
    ...(tag !== undefined && { tags: tag }),
    ...(step !== undefined && { step }),
    ...(runId !== undefined && { runId }),
  };
}

async function pipelineId(store: ProjectStore, ref: string): Promise<string | undefined> {
  const number = numberIn(ref);
  if (number === undefined) return (await store.runs.get(ref))?.id;
  const found = await store.findByNumber(number);
  return found?.kind === "run" ? found.run.id : undefined;
}

/** `crashed` is a state that nothing has here. */
export function statesOf(status: readonly string[]): readonly RunState[] {
  const known: readonly RunState[] = [...INCOMPLETE, "complete", "error", "stopped"];
  const wanted = status.flatMap((each): readonly string[] => (each === "incomplete" ? INCOMPLETE : [each]));
  return known.filter((state) => wanted.includes(state));
}

async function promisedOf(
  store: ProjectStore,
  { status }: Filter,
  { numbers, actor, tags = [], step, runId }: Query,
): Promise<Extract<FoundExecution, { kind: "promised" }>[]> {
  const states = status === undefined ? undefined : new Set<string>(statesOf(status));
  return (await store.runs.listPromising()).flatMap((run) => {
    const { promised } = run;
    if (promised === undefined || runId !== undefined) return [];
    // For a run of a step, the run has its name.
    const isWanted =
      (states?.has(run.state === "started" ? "queued" : run.state) ?? true) &&
      (numbers?.includes(promised.number) ?? true) &&
      (actor === undefined || run.actor === actor) &&
      tags.every((tag) => run.tags.includes(tag)) &&
      (step === undefined || run.name === step);
    return isWanted ? [{ kind: "promised" as const, run, ...promised }] : [];
  });
}

/** The node of an execution that is not there yet. */
async function plannedNode(store: ProjectStore, found: FoundExecution): Promise<PlannedNode | undefined> {
  return found.kind === "there" ? undefined : (await store.nodes.getPlan(found.run.id))?.nodes[0];
}

/** Points of the metadata that stand in an execution as a whole. */
const POINTS_WITHIN = 1_000;
const EVENTS_WITHIN = 2_000;

export async function getExecution(
  context: ValohaiContext,
  ref: string,
  without: ReadonlySet<string> = new Set(["metadata", "events"]),
): Promise<ValohaiExecutionDetail> {
  const store = await context.project.writer();
  const found = await findExecution(store, ref);
  const detail = await detailOf(await surroundingsOf(context), store, found, without);
  const withEvents = without.has("events") ? {} : { events: (await eventsOf(context, ref, EVENTS_WITHIN)).events };
  const { results } = without.has("metadata") ? { results: [] } : await lastPoints(store, found);
  return { ...detail, ...withEvents, ...(without.has("metadata") ? {} : { metadata: [...results] }) };
}

export async function detailOf(
  around: Surroundings,
  store: ProjectStore,
  found: FoundExecution,
  without: ReadonlySet<string> = new Set(),
): Promise<ValohaiExecutionDetail> {
  const id = found.kind === "there" ? found.execution.id : undefined;
  const [inputs, outputs] = await Promise.all([
    id === undefined ? [] : store.data.listInputFiles(id),
    without.has("outputs") ? undefined : id === undefined ? [] : store.data.listOutputs(id),
  ]);
  return executionDetail(around, found, await plannedNode(store, found), { inputs, outputs });
}

async function lastPoints(store: ProjectStore, found: FoundExecution): Promise<CountedList<Record<string, unknown>>> {
  if (found.kind !== "there") return NOTHING;
  const last: Record<string, unknown>[] = [];
  let count = 0;
  for await (const point of pointsOf(store, found.execution.id)) {
    count++;
    if (last.push(point) > 2 * POINTS_WITHIN) last.splice(0, POINTS_WITHIN);
  }
  return { count, results: last.slice(-POINTS_WITHIN) };
}

const AT_ONCE = 10_000;

async function* pointsOf(store: ProjectStore, id: string): AsyncGenerator<Record<string, unknown>> {
  for (let afterOffset = -1; ; ) {
    const page = await store.metadata.list(id, { afterOffset, limit: AT_ONCE });
    for (const { at, values } of page) yield { _time: isoTime(at), ...values };
    const last = page.at(-1);
    if (last === undefined || page.length < AT_ONCE) return;
    afterOffset = last.offset;
  }
}

export async function metadataOf(
  context: ValohaiContext,
  ref: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<CountedList<Record<string, unknown>>> {
  const store = await context.project.writer();
  const found = await findExecution(store, ref);
  if (found.kind !== "there") return NOTHING;
  const results: Record<string, unknown>[] = [];
  let count = 0;
  for await (const point of pointsOf(store, found.execution.id)) {
    if (count >= offset && results.length < limit) results.push(point);
    count++;
  }
  return { count, results };
}

/** Returns the numbers of executions, in all and by status. */
export async function summaryOf({ project }: ValohaiContext): Promise<Readonly<Record<string, number>>> {
  const store = await project.writer();
  const promising = await store.runs.listPromising();
  const states = ["created", "queued", "started", "stopping", "complete", "error", "stopped"] as const;
  const counts = await Promise.all(
    states.map(async (state) => {
      const { count } = await store.lists.executionsAt({ states: [state] }, { offset: 0, limit: 0 });
      const promised = promising.filter((run) => (run.state === "started" ? "queued" : run.state) === state);
      return [`${state}_count`, count + promised.length] as const;
    }),
  );
  return { count: counts.reduce((sum, [, count]) => sum + count, 0), ...Object.fromEntries(counts) };
}
