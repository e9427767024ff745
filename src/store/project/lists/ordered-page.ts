import { type Queries, type SqlParameters, statement } from "../../database.ts";
import { pageOfNumbers, stateIn } from "../../page.ts";
import type { RunState } from "../../records.ts";
import type { Condition, RowNames } from "./conditions.ts";
import { type Position, readCursor, writeCursor } from "./cursor.ts";
import type { Listed, PageRequest } from "./list-query.ts";
import type { Numbers } from "./numbers-between.ts";
import type { ListedTable, Order, Section } from "./order.ts";
import { behind, type RunValueSection, runsByValue } from "./run-values.ts";

/** A column of the ranges, and what it is to be as SQL. */
export interface Equality {
  readonly column: "project_key" | "name" | "tag" | "step" | "run_key";
  readonly is: string;
}

/** The source of a list, whatever its order. */
export interface ListSource {
  readonly table: ListedTable;
  /** A table with an index that ends in `(…, state, number)`, and what precedes these two there. */
  readonly ranges: { readonly table: "runs" | "executions" | "run_tags"; readonly where: readonly Equality[] };
  readonly states: readonly RunState[] | undefined;
  readonly numbers: Numbers;
  readonly conditions: readonly Condition[];
  /** The parameters of `ranges`; `project` is among them. */
  readonly parameters: SqlParameters;
}

/** So many rows are read and sorted at once rather than looked for along an order. */
const FEW = 1_000;

interface Found {
  readonly id: string;
  readonly number: number;
  readonly sort: number | string;
}

/**
 * The ids of one page. If some condition leaves few rows, these are read by its index and sorted. Otherwise the index
 * of the order is walked until the page is full: a condition that many rows meet is met soon. So any filter goes with
 * any order, and no combination needs an index of its own.
 */
export async function orderedPage(
  queries: Queries,
  source: ListSource,
  order: Order,
  request: PageRequest,
): Promise<Listed<string>> {
  const { limit } = request;
  if (limit < 1 || source.states?.length === 0) return { items: [], next: null };
  const after = request.after === undefined ? undefined : readCursor(order.id, request.after);
  const few = await fewKeys(queries, source, order);
  const found: (Found & { readonly section: number })[] = [];
  // One more than the page holds tells whether there is another page.
  for (const [section, each] of order.sections.entries()) {
    if (section < (after?.section ?? 0) || found.length > limit) continue;
    const start = after?.section === section ? after : undefined;
    const parameters = parametersOf(source, order, start, limit + 1 - found.length);
    const text = few === undefined ? walk(source, order, each, start) : sortFew(source, order, each, start, few);
    const rows = await queries.all(statement<SqlParameters, Found>(text, { adHoc: true }), parameters);
    found.push(...rows.map((row) => ({ ...row, section })));
  }
  const last = found[limit - 1];
  const next =
    found.length > limit && last !== undefined
      ? writeCursor(order.id, { section: last.section, value: last.sort, number: last.number })
      : null;
  return { items: found.slice(0, limit).map(({ id }) => id), next };
}

/** Counts the rows of all pages together. */
export async function countRows(queries: Queries, source: ListSource): Promise<number> {
  if (source.states?.length === 0) return 0;
  const { table, parameters, numbers, states, conditions, ranges } = source;
  const own = ranges.table === table ? ranges.where.map((each) => `${table}.${plain(each)}`) : inProject(source);
  const byNumber = conditions.length === 0 && numbers.first === 0 && numbers.last === Number.MAX_SAFE_INTEGER;
  const where =
    byNumber && ranges.table === table
      ? [...own, ...stateIn(`${table}.state`, states)]
      : [...inProject(source), ...filters(source)];
  const text = `select count(*) as count from ${table} where ${where.join(" and ")}`;
  const row = await queries.get(statement<SqlParameters, { count: number }>(text, { adHoc: true }), {
    ...Object.assign({}, ...conditions.map((condition) => condition.parameters)),
    ...parameters,
    ...(where.some((each) => each.includes(":above")) && {
      above: Math.max(numbers.first - 1, -1),
      below: numbers.last,
    }),
  });
  return Number(row?.count ?? 0);
}

/** The keys of a condition that leaves few rows, as SQL; undefined where none does. */
async function fewKeys(queries: Queries, source: ListSource, order: Order): Promise<string | undefined> {
  const indexed = source.conditions.flatMap((condition) =>
    condition.keys === undefined ? [] : [{ ...condition, keys: condition.keys }],
  );
  for (const { keys, parameters } of [...indexed, ...rangeKeys(source, order)]) {
    const count = statement<SqlParameters, { count: number }>(
      `select count(*) as count from (select key from (${keys}) as found limit :few) as counted`,
      { adHoc: true },
    );
    const row = await queries.get(count, { ...parameters, project: source.parameters.project ?? null, few: FEW + 1 });
    if (Number(row?.count ?? 0) <= FEW) return keys;
  }
  return undefined;
}

/** An order by something else than the number does not go along the ranges: they are a condition as the others. */
function rangeKeys(
  source: ListSource,
  order: Order,
): readonly { readonly keys: string; readonly parameters: SqlParameters }[] {
  const { ranges, states, parameters } = source;
  if (order.sections[0]?.kind === "number" || (states === undefined && ranges.where.length === 1)) return [];
  const key = ranges.table === "run_tags" ? "run_key as key" : "key";
  return [
    {
      keys: `select ${key} from ${ranges.table} where ${[...ranges.where.map(plain), ...stateIn("state", states)].join(" and ")}`,
      parameters,
    },
  ];
}

/** Along the index of the order, until there are enough. */
function walk(source: ListSource, order: Order, section: Section, after: Position | undefined): string {
  const { table, ranges, states } = source;
  if (section.kind === "run-value") return runsInOrder(source, order, section, after);
  if (section.kind !== "number") {
    const where = [...inProject(source), ...filters(source), ...sectionWhere(section, order, after)];
    const [from, sort] =
      section.kind === "value"
        ? ["execution_values as v cross join executions", `v.${section.column}`]
        : [table, section.expression];
    return `select ${table}.id, ${table}.number, ${sort} as sort from ${from} where ${where.join(" and ")} ${orderBy(table, sort, order)}`;
  }
  const names = NAMES[ranges.table];
  const conditions = source.conditions.map((condition) => condition.sql(names));
  const own = section.condition === undefined ? [] : [ofRow(section.condition, ranges.table)];
  const numbers = pageOfNumbers({
    table: ranges.table,
    where: [...ranges.where.map(plain), ...conditions, ...own],
    states,
    direction: order.numbers,
  });
  return `select id, number, 0 as sort from ${table} where project_key = :project and number in (${numbers}) order by number ${order.numbers}`;
}

/** A condition on a run, where the ranges are those of its tags. */
function ofRow(condition: string, ranges: ListSource["ranges"]["table"]): string {
  return ranges === "run_tags"
    ? `exists (select 1 from runs where runs.key = run_tags.run_key and ${condition})`
    : condition;
}

/** The few rows of a condition, sorted. */
function sortFew(
  source: ListSource,
  order: Order,
  section: Section,
  after: Position | undefined,
  keys: string,
): string {
  const { table } = source;
  const withFew = `with few (key) as materialized (select distinct key from (${keys}) as found)`;
  if (section.kind === "run-value") return `${withFew} ${runsInOrder(source, order, section, after, "few")}`;
  const sort = section.kind === "number" ? "0" : section.kind === "value" ? `v.${section.column}` : section.expression;
  const where = [
    `${table}.key = few.key`,
    ...inProject(source),
    ...filters(source),
    ...sectionWhere(section, order, after),
  ];
  return `
    ${withFew}
    select ${table}.id, ${table}.number, ${sort} as sort
    from few cross join ${table}${section.kind === "value" ? " cross join execution_values as v" : ""}
    where ${where.join(" and ")} ${orderBy(table, section.kind === "number" ? undefined : sort, order)}`;
}

function runsInOrder(
  source: ListSource,
  order: Order,
  section: RunValueSection,
  after: Position | undefined,
  few?: "few",
): string {
  const where = [...inProject(source), ...filters(source)];
  return runsByValue(section, order, { where, isAfter: after !== undefined, isFew: few !== undefined });
}

function inProject({ table }: ListSource): readonly string[] {
  return [`${table}.project_key = :project`, `${table}.number + 0 > :above`, `${table}.number + 0 < :below`];
}

/**
 * Everything that is asked, for a statement over the listed table itself. As expressions, which have no index: the
 * index is that of the order, or that of the few keys, and a database that takes another one sorts all that it finds
 * there.
 */
function filters({ table, ranges, states, conditions }: ListSource): readonly string[] {
  const ofTags = `run_tags.run_key = runs.key and ${ranges.where.map((each) => `run_tags.${plain(each)}`).join(" and ")}`;
  return [
    ...(ranges.table === table
      ? ranges.where
          .filter(({ column }) => column !== "project_key")
          .map(({ column, is }) => `${table}.${column}${UNINDEXED[column]} = ${is}`)
      : [`exists (select 1 from run_tags where ${ofTags})`]),
    ...stateIn(`${table}.state || ''`, states),
    ...conditions.map((condition) => condition.sql(NAMES[table])),
  ];
}

function plain({ column, is }: Equality): string {
  return `${column} = ${is}`;
}

const UNINDEXED = {
  name: " || ''",
  tag: " || ''",
  step: " || ''",
  run_key: " + 0",
  project_key: " + 0",
} as const satisfies Record<Equality["column"], string>;

function sectionWhere(section: Section, order: Order, after: Position | undefined): readonly string[] {
  switch (section.kind) {
    case "run-value":
      return [];
    case "number":
      return section.condition === undefined ? [] : [section.condition];
    case "column":
      return [section.condition, ...(after === undefined ? [] : behind(section.expression, "number", order))];
    case "value": {
      const { column, condition } = section;
      const cursor = after === undefined ? [] : behind(`v.${column}`, "v.number", order);
      return [
        "v.project_key = :project",
        condition,
        `v.${column} is not null`,
        "executions.key = v.execution_key",
        ...cursor,
      ];
    }
  }
}

function orderBy(table: ListedTable, sort: string | undefined, { direction, numbers }: Order): string {
  const number = sort?.startsWith("v.") === true ? "v.number" : `${table}.number`;
  return `order by ${sort === undefined ? "" : `${sort} ${direction}, `}${number} ${numbers} limit :limit`;
}

/** The numbers of a page lie above and below these; in an order by number the cursor is one of them. */
function parametersOf(source: ListSource, order: Order, after: Position | undefined, limit: number): SqlParameters {
  const { first, last } = source.numbers;
  const isByNumber = after !== undefined && order.sections[after.section]?.kind === "number";
  const above = Math.max(first - 1, isByNumber && order.numbers === "asc" ? after.number : -1);
  const below = Math.min(last, isByNumber && order.numbers === "desc" ? after.number : Number.MAX_SAFE_INTEGER);
  return {
    ...Object.assign({}, ...source.conditions.map(({ parameters }) => parameters)),
    ...order.parameters,
    ...source.parameters,
    ...(after === undefined ? {} : { afterValue: after.value, afterNumber: after.number }),
    ...{ above, below, limit },
  };
}

const NAMES: Readonly<Record<"runs" | "executions" | "run_tags", RowNames>> = {
  runs: { key: "runs.key", column: (name) => `runs.${name}` },
  executions: { key: "executions.key", column: (name) => `executions.${name}` },
  run_tags: {
    key: "run_tags.run_key",
    column: (name) => `(select ${name} from runs where runs.key = run_tags.run_key)`,
  },
};
