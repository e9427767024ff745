import type { CheckValue, ColumnFigure, FigureRule, TableShape } from "../config/index.ts";
import { ownSqlName, sqlName } from "../sql-text.ts";
import type { FigureProbe, QueryProbe } from "./probe.ts";
import { comparable, literal, valueType, within } from "./sql.ts";

const [COUNT, VALUE, INDEX] = [ownSqlName("count"), ownSqlName("value"), ownSqlName("index")];

/** Values of a set that are shown. */
const MOST_SHOWN = 20;

const FIGURES: Readonly<Record<ColumnFigure, (value: string) => string>> = {
  mean: (value) => `avg(${value})`,
  median: (value) => `median(${value})`,
  stddev: (value) => `stddev_samp(${value})`,
  sum: (value) => `sum(${value})`,
  minimum: (value) => `min(${value})`,
  maximum: (value) => `max(${value})`,
  distinct: (value) => `count(DISTINCT ${value})`,
  "distinct-share": (value) => `count(DISTINCT ${value}) / nullif(count(${value}), 0)`,
  "null-share": (value) => `(count(*) - count(${value})) / nullif(count(*), 0)`,
};

/** `now` is the time from which freshness is counted. */
export function figureProbe(rule: FigureRule, table: TableShape, now: Date): FigureProbe | QueryProbe {
  switch (rule.rule) {
    case "rows":
      return figure("count(*)", rule.bounds);
    case "column-count":
      return figure(String(table.columns.length), rule.bounds);
    case "quantile":
      return figure(quantile(rule), rule.bounds);
    case "fresh": {
      const newest = `max(${sqlName(rule.column)})::TIMESTAMPTZ`;
      const oldest = new Date(now.getTime() - rule.seconds * 1000).toISOString();
      return { kind: "figure", observed: newest, holds: `${newest} >= ${literal(oldest)}::TIMESTAMPTZ` };
    }
    case "values-only":
    case "values-contain":
    case "values-equal":
      return valueSet(rule, valueTypeOf(table, rule.column));
    case "most-common-in": {
      const value = sqlName(rule.column);
      const most =
        `(SELECT list(${VALUE} ORDER BY ${VALUE}) FROM (SELECT ${value} AS ${VALUE}, count(*) AS ${COUNT} FROM scope WHERE ${value} IS NOT NULL ` +
        `GROUP BY ${value} QUALIFY count(*) = max(count(*)) OVER ()))`;
      const values = rule.values.filter((each) => comparable(valueTypeOf(table, rule.column), each)).map(literal);
      return {
        kind: "figure",
        observed: `${most}[1:${MOST_SHOWN}]`,
        holds: values.length === 0 ? "false" : `list_has_all([${values.join(", ")}], ${most})`,
      };
    }
    case "declared-type": {
      const column = table.columns.find((each) => each.name === rule.column);
      const type = valueType(column?.type ?? "");
      const holds = rule.types.some((each) => each === type || (each === "number" && type === "integer"));
      return {
        kind: "figure",
        observed: literal(column?.type ?? ""),
        holds: `${holds} OR count(${sqlName(rule.column)}) = 0`,
      };
    }
    case "columns":
      return columnNames(rule, table);
    case "sql":
      return { kind: "query", query: rule.query };
    default:
      return figure(FIGURES[rule.rule](sqlName(rule.column)), rule.bounds);
  }
}

function figure(observed: string, bounds: Parameters<typeof within>[1]): FigureProbe {
  // Not a number is greater than every other number for DuckDB.
  const isNumber = `NOT coalesce(isnan(TRY_CAST(${observed} AS DOUBLE)), false)`;
  return {
    kind: "figure",
    observed,
    holds: `${within(`(${observed})`, bounds)} AND (${observed}) IS NOT NULL AND ${isNumber}`,
  };
}

function quantile({ column, quantile: share, nearest }: Extract<FigureRule, { rule: "quantile" }>): string {
  const value = sqlName(column);
  if (nearest !== true) return `quantile_cont(${value}, ${literal(share)})`;
  const index = `(SELECT round_even(${literal(share)} * (count(${value}) - 1), 0) FROM scope)`;
  const sorted = `SELECT ${value} AS ${VALUE}, row_number() OVER (ORDER BY ${value}) - 1 AS ${INDEX} FROM scope WHERE ${value} IS NOT NULL`;
  return `(SELECT any_value(${VALUE}) FROM (${sorted}) WHERE ${INDEX} = ${index})`;
}

function valueTypeOf(table: TableShape, column: string) {
  return valueType(table.columns.find((each) => each.name === column)?.type ?? "");
}

type ValueSetRule = Extract<FigureRule, { rule: "values-only" | "values-contain" | "values-equal" }>;

/** Observed are the values that are too many, or missing. */
function valueSet({ rule, column, values }: ValueSetRule, type: ReturnType<typeof valueType>): FigureProbe {
  const value = sqlName(column);
  const wanted = values.filter((each) => comparable(type, each)).map(literal);
  const impossible = values.filter((each) => !comparable(type, each));
  const inWanted = wanted.length === 0 ? "false" : `${value} IN (${wanted.join(", ")})`;
  const badCount = `(SELECT count(DISTINCT ${value}) FROM scope WHERE NOT ${inWanted})`;
  const extra =
    `(SELECT list(${VALUE} ORDER BY ${VALUE}) FROM (SELECT DISTINCT ${value}::VARCHAR AS ${VALUE} FROM scope ` +
    `WHERE ${value} IS NOT NULL AND NOT ${inWanted} LIMIT ${MOST_SHOWN}))`;
  const there = `(SELECT count(DISTINCT ${value}) FROM scope WHERE ${inWanted})`;
  const distinct = new Set(values).size;
  const containsAll = impossible.length > 0 ? "false" : `${there} = ${distinct}`;
  if (rule === "values-only") return { kind: "figure", observed: extra, holds: `${badCount} = 0`, badCount };
  const missing =
    wanted.length === 0
      ? "[]::VARCHAR[]"
      : `(SELECT coalesce(list(${VALUE} ORDER BY ${VALUE}), []) FROM (SELECT unnest([${wanted.map((each) => `${each}::VARCHAR`).join(", ")}]) AS ${VALUE}) ` +
        `WHERE ${VALUE} NOT IN (SELECT ${value}::VARCHAR FROM scope WHERE ${inWanted}))`;
  if (rule === "values-contain") return { kind: "figure", observed: missing, holds: containsAll };
  return {
    kind: "figure",
    observed: `list_concat(coalesce(${extra}, []), ${missing})[1:${MOST_SHOWN}]`,
    holds: `${badCount} = 0 AND ${containsAll}`,
    badCount,
  };
}

function columnNames(rule: Extract<FigureRule, { rule: "columns" }>, table: TableShape): FigureProbe {
  const there = table.columns.map((column) => column.name);
  const missing = rule.names.filter((each) => !there.includes(each));
  const extra = there.filter((each) => !rule.names.includes(each));
  const kept = there.filter((each) => rule.names.includes(each));
  const inOrder = kept.every((each, index) => each === rule.names[index]);
  const holds = missing.length === 0 && (rule.others || extra.length === 0) && (!rule.ordered || inOrder);
  const list = (texts: readonly CheckValue[]): string => `[${texts.map(literal).join(", ")}]`;
  return { kind: "figure", observed: list(there), holds: String(holds) };
}
