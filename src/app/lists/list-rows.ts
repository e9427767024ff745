import type { RunRowView, RunView } from "../../api/index.ts";
import type { NodeValues, ProjectStore, RunRecord, RunState } from "../../store/index.ts";
import { runView } from "../view-of.ts";
import { compareRows, expandColumns, knownNames, parseSort, type SortKey, unknownNames } from "./row-query.ts";
import { type ListRow, valueNamed } from "./run-row.ts";

export interface ListRequest {
  readonly limit: number;
  readonly beforeNumber?: number;
  readonly state?: RunState;
  readonly tag?: string;
  readonly name?: string;
  /** Only what was made at or after, or before this moment (ms since the epoch). */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Values to show, by name; `*` stands for any part of one. */
  readonly columns?: readonly string[];
  /** `auc` or `loss:asc`. */
  readonly sort?: string;
  /** An expression that a row has to meet. */
  readonly where?: string;
  /** A row per execution in place of one per run. */
  readonly executions?: boolean;
}

export interface RunListView {
  /** Names of the values in each row, in their order. */
  readonly columns: readonly string[];
  readonly rows: readonly RunRowView[];
  /** Names in `sort`, `where` and `columns` that none of the examined rows has a value for. */
  readonly unknownNames: readonly string[];
  /** Names that there are, where some name is unknown. */
  readonly knownNames: readonly string[];
}

/** Runs that are read at a time: with their values some hundred kilobytes. */
const PAGE = 200;

/** A page of runs or executions, newest first or in the order of a value, with the values that were asked for. */
export async function listRows(store: ProjectStore, request: ListRequest): Promise<RunListView> {
  const condition = request.where === undefined ? undefined : await conditionOf(request.where);
  const sort = request.sort === undefined ? undefined : parseSort(request.sort);
  const { rows, examined } = await chooseRows(store, request, condition, sort);
  const asked = new Set([...(request.columns ?? []), ...(sort === undefined ? [] : [sort.name]), ...(condition?.names ?? [])]);
  const columns = expandColumns(
    [...asked].filter((name) => !isFact(name)),
    rows,
  );
  const unknown = unknownNames(
    [...asked].filter((name) => !name.includes("*")),
    examined,
  );
  const progress = await store.lists.progress(new Set(rows.map(({ run }) => run.id)));
  return {
    columns,
    rows: rows.map((row) => {
      const { nodes = 0, ended = 0, allReused = false } = progress.get(row.run.id) ?? {};
      const values = columns.flatMap((name) => [[name, valueNamed(row, name)] as const]).filter(([, value]) => value !== undefined);
      return {
        ...row.run,
        ...{ nodes: row.execution === null ? { total: nodes, ended } : null, allReused, execution: row.execution },
        values: Object.fromEntries(values),
      };
    }),
    unknownNames: unknown,
    knownNames: unknown.length === 0 ? [] : knownNames(examined),
  };
}

/** These have columns of their own. */
function isFact(name: string): boolean {
  return ["number", "name", "state", "title", "duration"].includes(name);
}

interface Chosen {
  readonly rows: readonly ListRow[];
  /** A sample of what was looked at, for the names that there are. */
  readonly examined: readonly ListRow[];
}

interface Condition {
  /** Names of the values that it asks for. */
  readonly names: ReadonlySet<string>;
  isMetBy(row: ListRow): boolean;
}

/** The language of conditions is loaded where there is one: a plain list is to be quick. */
async function conditionOf(text: string): Promise<Condition> {
  const { meets, namesIn, parseWhere } = await import("./where.ts");
  const expression = parseWhere(text);
  return { names: namesIn(expression), isMetBy: (row) => meets(row, expression) };
}

/** Rows without an order end at the limit; with one, all that meet the conditions are seen, and no more than twice the limit are kept. */
async function chooseRows(
  store: ProjectStore,
  request: ListRequest,
  condition: Condition | undefined,
  sort: SortKey | undefined,
): Promise<Chosen> {
  const needsValues = condition !== undefined || sort !== undefined || (request.columns ?? []).length > 0 || request.executions === true;
  const examined: ListRow[] = [];
  let rows: ListRow[] = [];
  for await (const page of runPages(store, request)) {
    const found = (await rowsOf(store, page, request, needsValues)).filter((row) => {
      if (examined.length < PAGE) examined.push(row);
      return condition === undefined || condition.isMetBy(row);
    });
    rows.push(...found);
    if (sort !== undefined && rows.length > 2 * request.limit) rows = best(rows, request.limit, sort);
    if (sort === undefined && rows.length >= request.limit) break;
  }
  return { rows: sort === undefined ? rows.slice(0, request.limit) : best(rows, request.limit, sort), examined };
}

function best(rows: readonly ListRow[], limit: number, sort: SortKey): ListRow[] {
  return rows.toSorted((a, b) => compareRows(a, b, sort)).slice(0, limit);
}

async function* runPages(store: ProjectStore, request: ListRequest): AsyncGenerator<readonly RunRecord[]> {
  const { state, tag, name, beforeNumber, sinceMs, untilMs } = request;
  const query = {
    ...(state && { states: [state] }),
    ...(tag !== undefined && { tags: [tag] }),
    ...(name !== undefined && { name }),
    ...(beforeNumber !== undefined && { below: beforeNumber }),
    ...(sinceMs !== undefined && { since: sinceMs }),
    ...(untilMs !== undefined && { until: untilMs }),
  };
  // A plain list ends with its first page, which then need not be longer than what is shown.
  const isPlain = request.where === undefined && request.sort === undefined && request.executions !== true;
  const limit = isPlain ? Math.min(PAGE, request.limit) : PAGE;
  for (let after: string | null | undefined; after !== null; ) {
    const page = await store.lists.runs({ limit, ...query, ...(after === undefined ? {} : { after }) });
    yield page.items;
    after = page.next;
  }
}

async function rowsOf(
  store: ProjectStore,
  runs: readonly RunRecord[],
  request: ListRequest,
  needsValues: boolean,
): Promise<readonly ListRow[]> {
  const values = needsValues ? await store.lists.nodeValues(runs.map(({ id }) => id)) : new Map<string, readonly NodeValues[]>();
  return runs.flatMap((record) => {
    const run = runView(record);
    const nodes = values.get(record.id) ?? [];
    return request.executions === true ? nodes.map((node) => executionRow(run, node)) : [{ run, execution: null, nodes }];
  });
}

function executionRow(run: RunView, node: NodeValues): ListRow {
  return { run, execution: { number: node.execution, node: node.node, reused: node.reused }, nodes: [node] };
}
