import type { Page, RunListView, RunRowView, RunsQuery, RunView } from "../../api/index.ts";
import type { NodeValueName, PageRequest, ProjectStore, RunQuery, RunRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { type FilteredPage, filteredPage } from "../lists/filtered-page.ts";
import { type ListRow, originOf, RUN_FACTS, runRow } from "../lists/list-row.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { periodOf } from "../lists/period.ts";
import { describeNames, parseSort, type SortKey, valuesUnder } from "../lists/row-query.ts";
import type { Condition } from "../lists/where.ts";
import { runView } from "../records/view-of.ts";

/** A run, as the list compares and shows it. */
interface Listing {
  readonly run: RunView;
  readonly row: ListRow;
}

/** A page of runs, newest first or in the order of a value, with the values that were asked for. */
export async function listRuns({ project }: Context, query: RunsQuery): Promise<RunListView> {
  requirePageSize(query.limit);
  const condition = await conditionOf(query.where);
  const sort = query.sort === undefined ? undefined : parseSort(query.sort);
  if (!project.hasState()) return { items: [], next: null, columns: [], unknownNames: [], knownNames: [] };
  const store = await project.reader();
  const page = await pageOf(store, query, condition, sort);
  const asked = {
    columns: query.columns ?? [],
    sort,
    condition: condition?.names ?? new Set<string>(),
    facts: RUN_FACTS,
  };
  const rows = page.items.map(({ row }) => row);
  const examined = page.examined.length > 0 ? page.examined : await sampleOf(store, query, condition);
  const names = describeNames(
    asked,
    rows,
    examined.map(({ row }) => row),
  );
  return { items: await viewsOf(store, page.items, names.columns), next: page.next, ...names };
}

/** The language of conditions is loaded where there is one: a plain list is to be quick. */
async function conditionOf(text: string | undefined): Promise<Condition | undefined> {
  if (text === undefined) return undefined;
  const { readCondition } = await import("../lists/where.ts");
  return readCondition(text, RUN_FACTS);
}

async function pageOf(
  store: ProjectStore,
  query: RunsQuery,
  condition: Condition | undefined,
  sort: SortKey | undefined,
): Promise<FilteredPage<Listing>> {
  const { limit, after } = query;
  const isOfValue = sort !== undefined && !isFact(sort.name);
  const needsValues = condition !== undefined || isOfValue || (query.columns ?? []).length > 0;
  const filter = filterOf(query, condition);
  const list = {
    read: (page: PageRequest) => store.lists.runs({ ...filter, ...orderOf(sort), ...page }),
    rowsOf: (runs: readonly RunRecord[]) => listingsOf(store, runs, needsValues),
    isWanted: condition === undefined ? undefined : ({ row }: Listing) => condition.isMetBy(row),
  };
  return await filteredPage({ limit, ...(after === undefined ? {} : { after }) }, list);
}

function isFact(name: string): name is (typeof RUN_FACTS)[number] {
  return RUN_FACTS.some((fact) => fact === name);
}

function orderOf(sort: SortKey | undefined): Pick<RunQuery, "sort"> {
  if (sort === undefined) return {};
  const { name, ascending } = sort;
  return { sort: { by: isFact(name) ? name : readingsOf(name), direction: ascending ? "ascending" : "descending" } };
}

/** As `valueNamed` reads a name: a value of whichever node has it, else that of the node which the name begins with. */
function readingsOf(name: string): readonly NodeValueName[] {
  const ofAny = originOf(name);
  if (ofAny.origin !== undefined) return [ofAny];
  const dots = [...name.matchAll(/\./g)].slice(0, MOST_DOTS);
  return [ofAny, ...dots.map(({ index }) => ({ node: name.slice(0, index), ...originOf(name.slice(index + 1)) }))];
}

/** A name with more dots belongs to no node whose own name has so many. */
const MOST_DOTS = 3;

function filterOf(query: RunsQuery, condition: Condition | undefined): Omit<RunQuery, "limit"> {
  const { states, tags, name, below } = query;
  return {
    ...(states && { states }),
    ...(tags && { tags }),
    ...(name !== undefined && { name }),
    ...(below !== undefined && { below }),
    ...periodOf(query),
    ...(condition !== undefined && { values: condition.values }),
  };
}

/** Runs as they are without the condition, which the index of values may have kept from being looked at. */
async function sampleOf(
  store: ProjectStore,
  query: RunsQuery,
  condition: Condition | undefined,
): Promise<readonly Listing[]> {
  if (condition === undefined) return [];
  const { items } = await store.lists.runs({ ...filterOf(query, undefined), limit: SAMPLE });
  return await listingsOf(store, items, true);
}

const SAMPLE = 100;

async function listingsOf(
  store: ProjectStore,
  records: readonly RunRecord[],
  needsValues: boolean,
): Promise<readonly Listing[]> {
  const values = needsValues ? await store.lists.nodeValues(records.map(({ id }) => id)) : undefined;
  return records.map((record) => {
    const run = runView(record);
    return { run, row: runRow(run, values?.get(record.id) ?? []) };
  });
}

async function viewsOf(
  store: ProjectStore,
  listings: readonly Listing[],
  columns: readonly string[],
): Promise<Page<RunRowView>["items"]> {
  const progress = await store.lists.progress(new Set(listings.map(({ run }) => run.id)));
  const valuesOf = valuesUnder(columns);
  return listings.map(({ run, row }) => {
    const { nodes = 0, ended = 0, approvals = 0, allReused = false } = progress.get(run.id) ?? {};
    return { ...run, nodes: { total: nodes, ended }, approvals, allReused, values: valuesOf(row) };
  });
}
