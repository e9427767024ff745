import type { CheckValue, FixedBounds, ValueType } from "../config/index.ts";
import { sqlText } from "../sql-text.ts";

/** A value of a suite or a table, as DuckDB's SQL spells it. */
export function literal(value: CheckValue): string {
  if (typeof value === "string") return sqlText(value);
  if (typeof value === "number" && !Number.isFinite(value)) return `'${value}'::DOUBLE`;
  // A sign binds weaker than what follows a number.
  return `(${value})`;
}

export function all(conditions: readonly string[]): string {
  return conditions.length === 0 ? "true" : conditions.map((each) => `(${each})`).join(" AND ");
}

/** A statement of thousands of figures takes all memory: so many are asked for at once. */
export const MOST_AT_ONCE = 500;

const COMPARED = { min: ">=", max: "<=", above: ">", below: "<" } as const;

/** True where a value lies within; unknown where it is unknown. */
export function within(value: string, bounds: FixedBounds): string {
  const conditions = (Object.keys(COMPARED) as (keyof FixedBounds)[]).flatMap((key) => {
    const bound = bounds[key];
    return bound === undefined ? [] : [`${value} ${COMPARED[key]} ${literal(bound)}`];
  });
  return `(${all(conditions)})`;
}

const TYPES: readonly (readonly [pattern: RegExp, type: ValueType])[] = [
  [/^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/, "integer"],
  [/^(?:FLOAT|DOUBLE|DECIMAL\b.*)$/, "number"],
  [/^(?:VARCHAR|ENUM\b.*|UUID)$/, "text"],
  [/^BOOLEAN$/, "boolean"],
  [/^DATE$/, "date"],
  [/^TIMESTAMP/, "timestamp"],
];

/** The kind of value of a type of DuckDB; undefined for lists, structures, times, intervals, bytes. */
export function valueType(type: string): ValueType | undefined {
  return TYPES.find(([pattern]) => pattern.test(type))?.[1];
}

/** The type of DuckDB that text of this kind can be read as. */
export const READ_AS: Readonly<Record<ValueType, string>> = {
  integer: "HUGEINT",
  number: "DOUBLE",
  text: "VARCHAR",
  boolean: "BOOLEAN",
  date: "DATE",
  timestamp: "TIMESTAMPTZ",
};

/** Neither numbers nor other values can equal one of another kind. */
export function comparable(type: ValueType | undefined, value: CheckValue): boolean {
  if (type === "integer" || type === "number") return typeof value === "number";
  if (type === "boolean") return typeof value === "boolean";
  return typeof value === "string";
}
