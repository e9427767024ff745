import type { ExecutionListView, ExecutionsQuery, ExecutionView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { ExecutionQuery, ExecutionRecord, PageRequest, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { filteredPage } from "../lists/filtered-page.ts";
import { EXECUTION_FACTS, executionRow, type ListRow, originOf } from "../lists/list-row.ts";
import { requirePageSize } from "../lists/page-size.ts";
import { periodOf } from "../lists/period.ts";
import { describeNames, parseSort, type SortKey, valuesUnder } from "../lists/row-query.ts";
import type { Condition } from "../lists/where.ts";
import { describeExecutions } from "../records/details.ts";
import { findRun } from "../records/refs.ts";

interface Listing {
  readonly execution: ExecutionView;
  readonly runName: string;
  readonly row: ListRow;
}

/** A page of executions with their files, newest first or in the order of a value. */
export async function listExecutions({ project }: Context, query: ExecutionsQuery): Promise<ExecutionListView> {
  requirePageSize(query.limit);
  const condition = await conditionOf(query.where);
  const sort = query.sort === undefined ? undefined : parseSort(query.sort);
  const order = orderOf(sort);
  if (!project.hasState()) return { items: [], next: null, columns: [], unknownNames: [], knownNames: [] };
  const store = await project.reader();
  const filter = await filterOf(store, query);
  const read = (page: PageRequest & Pick<ExecutionQuery, "values">) =>
    store.lists.executions({ ...filter, ...order, ...page });
  const values = condition?.values ?? [];
  const { limit, after } = query;
  const page = await filteredPage(
    { limit, ...(after === undefined ? {} : { after }) },
    {
      read: (part) => read({ ...part, values }),
      rowsOf: (records) => listingsOf(store, records),
      isWanted: condition === undefined ? undefined : ({ row }) => condition.isMetBy(row),
    },
  );
  // If the index of values has kept rows from being looked at, a sample tells which names there are.
  const examined =
    page.examined.length > 0 ? page.examined : await listingsOf(store, (await read({ limit: SAMPLE })).items);
  const names = describeNames(
    {
      columns: query.columns ?? [],
      sort,
      condition: condition?.names ?? new Set<string>(),
      facts: EXECUTION_FACTS,
    },
    page.items.map(({ row }) => row),
    examined.map(({ row }) => row),
  );
  const valuesOf = valuesUnder(names.columns);
  const items = page.items.map(({ execution, runName, row }) => ({
    ...execution,
    runName,
    values: valuesOf(row),
  }));
  return { items, next: page.next, ...names };
}

const SAMPLE = 20;

async function conditionOf(text: string | undefined): Promise<Condition | undefined> {
  if (text === undefined) return undefined;
  const { readCondition } = await import("../lists/where.ts");
  return readCondition(text, EXECUTION_FACTS);
}

function orderOf(sort: SortKey | undefined): Pick<ExecutionQuery, "sort"> {
  if (sort === undefined) return {};
  const direction = sort.ascending ? "ascending" : "descending";
  const { name } = sort;
  if (name === "number" || name === "duration") return { sort: { by: name, direction } };
  if (name === "name" || name === "state") {
    throw new HeadraceError("HR_USAGE", `executions are not sorted by ${name}`, {
      hint: "sort by number, duration, a parameter or metadata",
    });
  }
  return { sort: { by: originOf(name), direction } };
}

async function filterOf(store: ProjectStore, query: ExecutionsQuery): Promise<Omit<ExecutionQuery, "limit">> {
  const { states, tags, run, name, step, node, below } = query;
  return {
    ...(states && { states }),
    ...(tags && { tags }),
    ...(run !== undefined && { runId: (await findRun(store, run)).id }),
    ...(name !== undefined && { runName: name }),
    ...(step !== undefined && { step }),
    ...(node !== undefined && { node }),
    ...(below !== undefined && { below }),
    ...periodOf(query),
  };
}

async function listingsOf(store: ProjectStore, records: readonly ExecutionRecord[]): Promise<readonly Listing[]> {
  const described = await describeExecutions(store, records);
  return described.map(({ view, run }) => {
    const runName = run?.name ?? "";
    return { execution: view, runName, row: executionRow(view, runName) };
  });
}
