import type { Paint, Style } from "./style.ts";
import { oneLine, pad, textWidth, truncate, widest } from "./width.ts";

export interface Column {
  readonly header: string;
  readonly align?: "left" | "right";
  /** Width below which the column is not squeezed; absent: it is never squeezed. */
  readonly minWidth?: number;
  /** The place at which a squeezed text loses characters. Names of files keep their ends. */
  readonly cut?: "end" | "middle";
}

export type Cell = string | { readonly text: string; readonly paint: Paint };

const GAP = "  ";
/** A longer label does not push the others' values away. */
export const LABEL_WIDTH = 40;
/** The most characters shown of a label that nobody reads (a metadata key of thousands of characters). */
const LABEL_MAXIMUM = 120;

/**
 * A table without rules, as wide as it needs to be and at most `width` (Infinity when not on a terminal, so that
 * nothing is lost in a pipe). If it does not fit, the widest columns that may be squeezed give way first.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: { width: number; style: Style },
): string[] {
  const texts = rows.map((row) => columns.map((_, index) => oneLine(cellText(row[index] ?? ""))));
  const natural = columns.map((column, index) =>
    Math.max(textWidth(column.header), widest(texts.map((row) => row[index] ?? ""))),
  );
  const widths = squeeze(columns, natural, options.width - GAP.length * (columns.length - 1));
  const line = (cells: readonly string[], paints: readonly (Paint | undefined)[]) =>
    cells
      .map((text, index) => fill(text, columns[index], widths[index] ?? 0, paints[index]))
      .join(GAP)
      .trimEnd();
  const header = line(
    columns.map((column) => column.header),
    columns.map(() => options.style.bold),
  );
  return [
    header,
    ...texts.map((row, index) =>
      line(
        row,
        columns.map((_, column) => cellPaint(rows[index]?.[column])),
      ),
    ),
  ];
}

/** Pairs of a label and a value, aligned; the values go on below themselves when they have several lines. */
export function renderFacts(
  facts: readonly (readonly [string, string | readonly string[]])[],
  style: Style,
  indent = "",
): string[] {
  const width = Math.min(LABEL_WIDTH, widest(facts.map(([label]) => label)));
  return facts.flatMap(([label, value]) =>
    (typeof value === "string" ? [value] : value).map((line, index) =>
      `${indent}${style.dim(pad(index === 0 ? truncate(label, LABEL_MAXIMUM, "middle") : "", width))}${GAP}${line}`.trimEnd(),
    ),
  );
}

function fill(text: string, column: Column | undefined, width: number, paint: Paint | undefined): string {
  const shown = truncate(text, width, column?.cut ?? "end");
  const padding = " ".repeat(Math.max(0, width - textWidth(shown)));
  const painted = paint === undefined ? shown : paint(shown);
  return column?.align === "right" ? padding + painted : painted + padding;
}

function squeeze(columns: readonly Column[], natural: readonly number[], available: number): number[] {
  const widths = [...natural];
  for (let excess = sum(widths) - available; excess > 0; ) {
    const [widest, next] = widestSqueezable(columns, widths);
    if (widest === undefined) return widths;
    const floor = Math.max(columns[widest]?.minWidth ?? 0, Math.min(next, (widths[widest] ?? 0) - 1));
    const cut = Math.min(excess, (widths[widest] ?? 0) - floor);
    widths[widest] = (widths[widest] ?? 0) - cut;
    excess -= cut;
  }
  return widths;
}

/** The widest column that may still give, and the width of the runner-up: squeezing stops there to go on with both. */
function widestSqueezable(
  columns: readonly Column[],
  widths: readonly number[],
): readonly [number | undefined, number] {
  const open = columns
    .map((column, index) => ({ index, width: widths[index] ?? 0, minWidth: column.minWidth }))
    .filter(({ width, minWidth }) => minWidth !== undefined && width > minWidth)
    .sort((a, b) => b.width - a.width);
  return [open[0]?.index, open[1]?.width ?? 0];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function cellText(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function cellPaint(cell: Cell | undefined): Paint | undefined {
  return cell === undefined || typeof cell === "string" ? undefined : cell.paint;
}
