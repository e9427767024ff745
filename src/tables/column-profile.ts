import { sqlName } from "../sql-text.ts";
import type { ColumnProfile, TableColumn } from "./protocol.ts";

export interface ProfileSource {
  /** The SQL after `FROM`. */
  readonly from: string;
  readonly rowsOf: (sql: string) => Promise<readonly (readonly unknown[])[]>;
  /** The most letters of a value. */
  readonly letters: number;
}

/** Parts of a histogram. */
const BINS = 24;
/** If a number has no more distinct values than this, each value is counted. */
const FEW_NUMBERS = 12;
const MOST_TOP = 8;
/** A column with more distinct values than this names things: to count each would take all memory. */
const MOST_COUNTED = 100_000;

type Kind = ColumnProfile["kind"];

function kindOf({ type }: TableColumn): Kind {
  if (/\[|^(?:STRUCT|MAP|UNION|LIST|BLOB|BIT|GEOMETRY|VARIANT)/.test(type)) return "other";
  if (/^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL)(?:\(|$)/.test(type)) return "number";
  return /^(?:DATE|TIMESTAMP)/.test(type) ? "time" : "text";
}

/** Describes the content of a column: its range, its middle, its most frequent values, and how much is missing. */
export async function columnProfile(column: TableColumn, source: ProfileSource): Promise<ColumnProfile> {
  const kind = kindOf(column);
  const facts = await factsOf(column, kind, source);
  const bins =
    (kind === "number" && facts.distinct > FEW_NUMBERS) || (kind === "time" && facts.distinct > 1)
      ? await binsOf(column, kind, source)
      : [];
  const isCounted = kind !== "other" && bins.length === 0 && facts.distinct > 0 && facts.distinct <= MOST_COUNTED;
  return {
    ...column,
    kind,
    ...facts,
    ...{ distinct: kind === "other" ? null : facts.distinct },
    bins,
    top: isCounted ? await topOf(column, source) : [],
  };
}

async function factsOf({ name }: TableColumn, kind: Kind, { from, rowsOf, letters }: ProfileSource) {
  const value = sqlName(name);
  const number = numberOf(name, kind);
  const [[all, present, distinct, min, max, mean, deviation, quartiles] = []] = await rowsOf(`
    SELECT count(*), count(${value}),
      ${kind === "other" ? "0, NULL, NULL" : `approx_count_distinct(${value}), ${cut(`min(${value})`, letters)}, ${cut(`max(${value})`, letters)}`},
      ${kind === "number" ? `avg(${number}), stddev_samp(${number}), approx_quantile(${number}, [0.25, 0.5, 0.75])` : "NULL, NULL, NULL"}
    FROM ${from}`);
  return {
    missing: Number(all) - Number(present),
    // The estimate can pass the number of values.
    distinct: Math.min(Number(distinct), Number(present)),
    min: textOrNull(min),
    max: textOrNull(max),
    mean: numberOrNull(mean),
    deviation: numberOrNull(deviation),
    quartiles: Array.isArray(quartiles) ? quartiles.map(Number).filter(Number.isFinite) : [],
  };
}

async function binsOf({ name }: TableColumn, kind: Kind, { from, rowsOf }: ProfileSource): Promise<readonly number[]> {
  const number = numberOf(name, kind);
  const rows = await rowsOf(`
    WITH given AS (SELECT ${number} AS v FROM ${from} WHERE ${number} IS NOT NULL),
      ends AS (SELECT min(v) AS low, max(v) AS high FROM given)
    SELECT CAST(least(${BINS - 1}, floor((v - low) / (high - low) * ${BINS})) AS INTEGER) AS bin, count(*)
    FROM given, ends WHERE high > low AND isfinite(high - low) GROUP BY bin`);
  if (rows.length === 0) return [];
  const bins = new Array<number>(BINS).fill(0);
  for (const [bin, count] of rows) bins[Number(bin)] = Number(count);
  return bins;
}

async function topOf({ name }: TableColumn, { from, rowsOf, letters }: ProfileSource): Promise<ColumnProfile["top"]> {
  const value = sqlName(name);
  const rows = await rowsOf(`
    SELECT ${cut("v", letters)}, n FROM (
      SELECT ${value} AS v, count(*) AS n FROM ${from} WHERE ${value} IS NOT NULL GROUP BY ${value}
    ) ORDER BY n DESC, v LIMIT ${MOST_TOP}`);
  return rows.map(([text, count]) => ({ value: String(text), count: Number(count) }));
}

/** Without what is infinite, which has no middle and no place in a histogram. */
function numberOf(name: string, kind: Kind): string {
  const value = sqlName(name);
  const number = kind === "time" ? `epoch(CAST(${value} AS TIMESTAMP))` : `try_cast(${value} AS DOUBLE)`;
  return `(CASE WHEN isfinite(${value}) THEN ${number} END)`;
}

function cut(sql: string, letters: number): string {
  return `left(CAST(${sql} AS VARCHAR), ${letters})`;
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined || !Number.isFinite(Number(value)) ? null : Number(value);
}
