import type { TableColumnView, TableView } from "../../../../src/api/index.ts";
import { formatValue, grouped } from "../../../../src/views/index.ts";

export interface TableChange {
  readonly column: string;
  readonly figure: string;
  readonly before: string;
  readonly after: string;
}

/** The figures in which two tables differ: rows first, then column by column, in the order of the later table. */
export function tableChanges(before: TableView, after: TableView): readonly TableChange[] {
  const changes: TableChange[] = [];
  const add = (column: string, figure: string, was: string, is: string): void => {
    if (was !== is) changes.push({ column, figure, before: was, after: is });
  };
  add("", "rows", grouped(before.rows), grouped(after.rows));
  add("", "columns", grouped(before.columnCount), grouped(after.columnCount));
  const old = new Map(before.columns.map((column) => [column.name, column]));
  for (const column of after.columns) {
    const was = old.get(column.name);
    old.delete(column.name);
    if (was === undefined) add(column.name, "column", "–", column.type);
    else for (const [figure, of] of FIGURES) add(column.name, figure, of(was), of(column));
  }
  for (const column of old.values()) add(column.name, "column", column.type, "–");
  return changes;
}

const FIGURES: readonly (readonly [name: string, of: (column: TableColumnView) => string])[] = [
  ["type", ({ type }) => type],
  ["missing", ({ missing }) => grouped(missing)],
  ["distinct", ({ distinct }) => (distinct === null ? "–" : grouped(distinct))],
  ["least", ({ min, kind }) => ofRange(min, kind)],
  ["median", ({ quartiles }) => shortOf(quartiles[1])],
  ["mean", ({ mean }) => shortOf(mean)],
  ["greatest", ({ max, kind }) => ofRange(max, kind)],
];

function shortOf(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : formatValue(value, { short: true });
}

function ofRange(value: string | null, kind: TableColumnView["kind"]): string {
  if (value === null || (kind !== "number" && kind !== "time")) return "–";
  return kind === "number" ? shortOf(Number(value)) : value;
}
