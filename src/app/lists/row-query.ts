import { FACT_NAMES, type ListRow, namesOf, valueNamed } from "./run-row.ts";

export interface SortKey {
  readonly name: string;
  readonly ascending: boolean;
}

/** Reads `auc` (greatest first), `loss:asc` or `loss:desc`. */
export function parseSort(text: string): SortKey {
  const [, name = text, direction] = /^(.+?)(?::(asc|desc))?$/s.exec(text) ?? [];
  return { name, ascending: direction === "asc" };
}

/** Rows in the order asked for; those without the value, or with one that is no number among numbers, come last, the newest first. */
export function compareRows(a: ListRow, b: ListRow, { name, ascending }: SortKey): number {
  const order = compareValues(valueNamed(a, name), valueNamed(b, name), ascending);
  return order === 0 ? newestFirst(a, b) : order;
}

function newestFirst(a: ListRow, b: ListRow): number {
  return b.run.number - a.run.number || (b.execution?.number ?? 0) - (a.execution?.number ?? 0);
}

function compareValues(a: unknown, b: unknown, ascending: boolean): number {
  const [rankA, rankB] = [rank(a), rank(b)];
  if (rankA !== rankB || rankA === 2) return rankA - rankB;
  const order = typeof a === "number" && typeof b === "number" ? a - b : compareTexts(String(a), String(b));
  return ascending ? order : -order;
}

/** Numbers before texts before what is missing, whichever way the order goes: a NaN is never the best. */
function rank(value: unknown): number {
  if (typeof value === "number") return 0;
  return value === undefined || value === null || value === "NaN" ? 2 : 1;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names that a pattern such as `train.*` stands for, in the order of their first appearance; a name without a star stands for itself. */
export function expandColumns(patterns: readonly string[], rows: readonly ListRow[]): readonly string[] {
  const known = new Set(rows.flatMap(namesOf));
  const chosen = patterns.flatMap((pattern) => (pattern.includes("*") ? [...known].filter((name) => fits(name, pattern)) : [pattern]));
  return [...new Set(chosen)];
}

function fits(name: string, pattern: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}

/** Refuses a name that no row has a value for, with the nearest one that some row has. */
export function unknownNames(names: Iterable<string>, rows: readonly ListRow[]): readonly string[] {
  return [...names].filter((name) => !rows.some((row) => valueNamed(row, name) !== undefined));
}

/** Every name that the rows know, for a suggestion. */
export function knownNames(rows: readonly ListRow[]): readonly string[] {
  return [...new Set([...FACT_NAMES, ...rows.flatMap(namesOf)])];
}
