import type { ComparisonSection, ComparisonView } from "../../app/index.ts";
import { formatAgo, formatValue, grouped, plural } from "../terminal/format.ts";
import { lookOf, stateText } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { type Cell, type Column, renderTable } from "../terminal/table.ts";
import { oneLine } from "../terminal/width.ts";

export interface ComparisonContext {
  readonly width: number;
  readonly style: Style;
  readonly now: number;
  /** Equal rows too. */
  readonly all: boolean;
}

type Row = ComparisonSection["rows"][number];

/** `headrace compare`: a table per section with what differs; what is equal is counted, or shown below it with `all`. */
export function renderComparison(comparison: ComparisonView, context: ComparisonContext): string[] {
  const { style } = context;
  const sections = comparison.sections
    .map((section) => ({ section, rows: shownRows(section, context.all) }))
    .filter(({ rows }) => rows.length > 0);
  const equal = count(comparison, false);
  const columns = columnsOf(comparison);
  const rows: Cell[][] = [
    headRow(comparison, "", (subject) => ({ text: stateText(subject.state), paint: lookOf(subject.state, style).paint })),
  ];
  rows.push(headRow(comparison, "", (subject) => ({ text: formatAgo(subject.createdAt, context.now), paint: style.dim })));
  for (const { section, rows: shown } of sections) {
    rows.push([]);
    rows.push([{ text: titleOf(section), paint: style.bold }]);
    rows.push(...shown.map((row) => bodyRow(row, style)));
  }
  return [...renderTable(columns, rows, context), "", style.dim(summary(count(comparison, true), equal, context.all))];
}

function columnsOf(comparison: ComparisonView): readonly Column[] {
  return [
    { header: "", minWidth: 14, cut: "middle" },
    ...comparison.subjects.map((subject) => ({ header: `#${subject.number} ${oneLine(subject.name)}`, minWidth: 10, cut: "end" as const })),
  ];
}

function headRow(comparison: ComparisonView, label: string, cell: (subject: ComparisonView["subjects"][number]) => Cell): Cell[] {
  return [label, ...comparison.subjects.map(cell)];
}

function shownRows(section: ComparisonSection, all: boolean): readonly Row[] {
  const differing = section.rows.filter((row) => row.differs);
  return all ? [...differing, ...section.rows.filter((row) => !row.differs)] : differing;
}

function bodyRow(row: Row, style: Style): Cell[] {
  const name = `  ${row.differs ? "≠" : "="} ${row.name}`;
  const paint = row.differs ? style.yellow : style.dim;
  return [
    { text: name, paint },
    ...row.values.map((value): Cell => ({ text: valueText(value), paint: value === null || !row.differs ? style.dim : plain })),
  ];
}

/** Hashes are cut: their first characters tell them apart, and the JSON has the rest. */
function valueText(value: Row["values"][number]): string {
  if (typeof value === "string" && /^~?[0-9a-f]{40,64}$/.test(value)) return value.slice(0, 12);
  return formatValue(value);
}

function titleOf(section: ComparisonSection): string {
  return section.node === null ? section.title : `${section.node} · ${section.title}`;
}

function count(comparison: ComparisonView, differs: boolean): number {
  return comparison.sections.flatMap((section) => section.rows).filter((row) => row.differs === differs).length;
}

function summary(differing: number, equal: number, all: boolean): string {
  if (differing === 0) return `Nothing differs (${plural(equal, "fact")} compared${all ? "" : "; --all shows them"}).`;
  return `${plural(differing, "difference")}, ${grouped(equal)} equal${all || equal === 0 ? "" : " (--all shows them)"}`;
}

function plain(text: string): string {
  return text;
}
