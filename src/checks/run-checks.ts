import { type Expectation, isRowRule, type TableShape } from "../config/index.ts";
import { ownSqlName, sqlName } from "../sql-text.ts";
import { changeOf, figureKey, withFixedBounds } from "./change.ts";
import { columnsOf } from "./columns-of.ts";
import { figureProbe } from "./figure-probes.ts";
import type { Probe, RowProbe } from "./probe.ts";
import { rowProbe } from "./row-probes.ts";
import { MOST_AT_ONCE } from "./sql.ts";

/** The result of one expectation. */
export interface CheckResult {
  readonly expectation: Expectation;
  /** `error`: it cannot be told, e.g. since a column is not there. */
  readonly outcome: "passed" | "failed" | "error";
  /** For a rule about a figure: the figure as DuckDB writes it; null if there is none. */
  readonly observed?: unknown;
  /** For a rule about rows: the rows that counted, and those that broke it. */
  readonly counted?: number;
  readonly bad?: number;
  /** Some rows that broke it, in the order of the table. */
  readonly examples?: readonly BadRow[];
  readonly error?: string;
  /** The figure of before that it was held against. */
  readonly previous?: number;
}

export interface BadRow {
  /** From 1. */
  readonly row: number;
  /** The columns that the rule is about. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** The table behind the relation `data` in DuckDB's SQL. */
export interface CheckedTable extends TableShape {
  /** Rejects with what is wrong with the query, or with the table. */
  readonly ask: (sql: string) => Promise<readonly (readonly unknown[])[]>;
}

export interface CheckOptions {
  readonly now: Date;
  /** So many rows that broke a rule are shown. */
  readonly examples: number | ((expectation: Expectation) => number);
  /** Returns the figure of before, by `figureKey`; for limits of the change since. */
  readonly previous?: (key: string) => number | undefined;
}

const [ROW_NUMBER, IS_BAD] = [ownSqlName("row"), ownSqlName("bad")];

/**
 * Holds a table against expectations; the results stand in their order. All that can be found in one scan is one
 * statement; the rows that broke a rule are looked for only where there are some.
 */
export async function runChecks(
  table: CheckedTable,
  expectations: readonly Expectation[],
  options: CheckOptions,
): Promise<readonly CheckResult[]> {
  const results = new Map<Expectation, CheckResult>();
  const scopes = new Map<string, Asked[]>();
  const before = new Map<Expectation, number>();
  for (const expectation of expectations) {
    const missing = columnsOf(expectation).filter((column) => !table.columns.some((each) => each.name === column));
    if (missing.length > 0 && expectation.rule !== "columns") {
      const error = noColumn(missing, table);
      results.set(expectation, { expectation, outcome: "error", error });
      continue;
    }
    const scope = expectation.where ?? "";
    const asked = scopes.get(scope) ?? [];
    const previous = changeOf(expectation) === undefined ? undefined : options.previous?.(figureKey(expectation));
    if (previous !== undefined) before.set(expectation, previous);
    const fixed = withFixedBounds(expectation, previous);
    scopes.set(scope, [...asked, { expectation, probe: probeOf(fixed, table, options.now) }]);
  }
  for (const [where, asked] of scopes) {
    for (let at = 0; at < asked.length; at += MOST_AT_ONCE)
      for (const result of await askAll(table, where, asked.slice(at, at + MOST_AT_ONCE)))
        results.set(result.expectation, result);
  }
  const probes = new Map([...scopes.values()].flat().map(({ expectation, probe }) => [expectation, probe]));
  return await Promise.all(
    expectations.map(async (expectation) => {
      const previous = before.get(expectation);
      const found = results.get(expectation) as CheckResult;
      const result = previous === undefined ? found : { ...found, previous };
      const probe = probes.get(expectation);
      const { examples } = options;
      const most = typeof examples === "number" ? examples : examples(expectation);
      if (result.outcome !== "failed" || probe?.kind !== "rows" || most === 0) return result;
      return { ...result, examples: await examplesOf(table, expectation.where, probe, most) };
    }),
  );
}

interface Asked {
  readonly expectation: Expectation;
  readonly probe: Probe;
}

function probeOf(expectation: Expectation, table: TableShape, now: Date): Probe {
  return isRowRule(expectation) ? rowProbe(expectation, table) : figureProbe(expectation, table, now);
}

async function askAll(table: CheckedTable, where: string, asked: readonly Asked[]): Promise<readonly CheckResult[]> {
  const scanned = asked.filter(({ probe }) => probe.kind !== "query");
  const queries = asked.filter(({ probe }) => probe.kind === "query");
  const results = scanned.length === 0 ? [] : await scan(table, where, scanned);
  const own: CheckResult[] = [];
  for (const one of queries) own.push(await ownQuery(table, where, one));
  return [...results, ...own];
}

/** One statement for all; where it fails, one for each, so that the others still have their results. */
async function scan(table: CheckedTable, where: string, asked: readonly Asked[]): Promise<readonly CheckResult[]> {
  const sql = `${scopeOf(where)} SELECT ${asked.flatMap(({ probe }) => figuresOf(probe)).join(", ")} FROM scope`;
  try {
    const [row = []] = await table.ask(sql);
    return asked.map(({ expectation, probe }, index) =>
      resultOf(expectation, probe, row.slice(3 * index, 3 * index + 3)),
    );
  } catch (error) {
    const [only] = asked;
    if (asked.length === 1 && only !== undefined)
      return [{ expectation: only.expectation, outcome: "error", error: textOf(error) }];
    const results: CheckResult[] = [];
    for (const one of asked) results.push(...(await scan(table, where, [one])));
    return results;
  }
}

function scopeOf(where: string): string {
  // Kept in memory, it would hold all columns.
  return `WITH scope AS NOT MATERIALIZED (SELECT * FROM data${where === "" ? "" : ` WHERE (${where})`})`;
}

/** Three figures each: how many break it, how many count, or what was observed, and whether it holds. */
function figuresOf(probe: Probe): readonly [string, string, string] {
  if (probe.kind === "query") throw new Error("a query of a user's own is asked alone");
  if (probe.kind === "figure") return [probe.badCount ?? "NULL", probe.observed, probe.holds];
  const isBad = probe.isUnknownElsewhere === true ? probe.bad : `(${probe.counted}) AND (${probe.bad})`;
  const bad = probe.badCount ?? `count(*) FILTER (WHERE ${isBad})`;
  return [bad, probe.count ?? `count(*) FILTER (WHERE ${probe.counted})`, "NULL"];
}

function resultOf(expectation: Expectation, probe: Probe, figures: readonly unknown[]): CheckResult {
  const [badFigure, other, holds] = figures;
  if (probe.kind !== "rows") {
    const outcome = holds === true ? "passed" : "failed";
    const bad = badFigure === null ? {} : { bad: Number(badFigure) };
    return { expectation, outcome, observed: other ?? null, ...bad };
  }
  const [bad, counted] = [Number(badFigure), Number(other)];
  const kept = counted === 0 || (counted - bad) / counted >= (expectation.mostly ?? 1);
  return { expectation, outcome: kept ? "passed" : "failed", counted, bad };
}

async function ownQuery(table: CheckedTable, where: string, { expectation, probe }: Asked): Promise<CheckResult> {
  if (probe.kind !== "query") throw new Error("this is no query of a user's own");
  if (where !== "")
    return { expectation, outcome: "error", error: "a query has its own condition: `where` is not for it" };
  try {
    const rows = await table.ask(probe.query);
    const [first] = rows;
    if (first?.length === 1 && typeof first[0] === "boolean")
      return { expectation, outcome: first[0] ? "passed" : "failed", observed: first[0] };
    return { expectation, outcome: first === undefined ? "passed" : "failed", observed: rows.length };
  } catch (error) {
    return { expectation, outcome: "error", error: textOf(error) };
  }
}

async function examplesOf(
  table: CheckedTable,
  where: string | undefined,
  { counted, bad, shows }: RowProbe,
  most: number,
): Promise<readonly BadRow[]> {
  const numbered = `SELECT row_number() OVER () AS ${ROW_NUMBER}, * FROM data`;
  const scope = `SELECT * FROM (${numbered})${where === undefined ? "" : ` WHERE (${where})`}`;
  const columns = [ROW_NUMBER, ...shows.map(sqlName)].join(", ");
  const rows = await table.ask(
    `WITH scope AS NOT MATERIALIZED (${scope}) SELECT ${columns} FROM ` +
      `(SELECT *, (${bad}) AS ${IS_BAD} FROM scope WHERE (${counted})) ` +
      `WHERE ${IS_BAD} ORDER BY ${ROW_NUMBER} LIMIT ${most}`,
  );
  return rows.map(([row, ...values]) => ({
    row: Number(row),
    values: Object.fromEntries(shows.map((column, index) => [column, values[index] ?? null])),
  }));
}

const MOST_NAMED = 20;

function noColumn(missing: readonly string[], { columns }: TableShape): string {
  const names = columns.slice(0, MOST_NAMED).map((column) => column.name);
  const more = columns.length > MOST_NAMED ? `, … (${columns.length})` : "";
  return `the table has no column ${missing.join(", ")}; it has ${names.join(", ") || "none"}${more}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
