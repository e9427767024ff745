import type { ComparisonSection, ComparisonView } from "../../api/index.ts";
import { formatAgo, formatDuration, formatValue, grouped, plural, stateText } from "../../views/index.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { type Cell, type Column, renderTable } from "../terminal/table.ts";
import { oneLine, truncate } from "../terminal/width.ts";

export interface ComparisonContext {
  readonly width: number;
  readonly style: Style;
  readonly now: number;
  /** Equal rows too. */
  readonly all: boolean;
  /** Only these sections; empty: all. */
  readonly only: readonly string[];
}

type Row = ComparisonSection["rows"][number];

/**
 * `headrace compare`: a table per section with what differs; what is equal is counted, or shown below it with `all`.
 */
export function renderComparison(comparison: ComparisonView, context: ComparisonContext): string[] {
  const { style } = context;
  const chosen = comparison.sections.filter(({ title }) => context.only.length === 0 || context.only.includes(title));
  const sections = chosen
    .map((section) => ({ section, rows: shownRows(section, context.all) }))
    .filter(({ rows }) => rows.length > 0);
  const withDelta = sections.some(({ rows }) => rows.some((row) => deltaText(row.values) !== ""));
  const rows: Cell[][] = [
    headRow(comparison, (subject) => ({ text: stateText(subject.state), paint: lookOf(subject.state, style).paint })),
    headRow(comparison, (subject) => ({ text: formatAgo(subject.createdAt, context.now), paint: style.dim })),
    headRow(comparison, ({ durationS }) => ({
      text: durationS === null ? "–" : formatDuration(durationS),
      paint: style.dim,
    })),
  ];
  const changes = new Map<number, string>();
  for (const { section, rows: shown } of sections) {
    rows.push([], [{ text: titleOf(section), paint: style.bold }]);
    for (const row of shown) {
      rows.push(bodyRow(row, style, withDelta));
      // Below its row, across all columns; the header is line 0 of the table.
      if (row.change !== undefined)
        changes.set(rows.length, style.dim(truncate(`      ${oneLine(row.change)}`, context.width)));
    }
  }
  const table = renderTable(columnsOf(comparison, withDelta), rows, context);
  return [
    ...table.flatMap((line, index) => [line, ...(changes.has(index) ? [changes.get(index) ?? ""] : [])]),
    "",
    ...missingLines(comparison, style),
    style.dim(summary(count(chosen, true), count(chosen, false), context.all)),
  ];
}

function columnsOf(comparison: ComparisonView, withDelta: boolean): readonly Column[] {
  return [
    { header: "", minWidth: 14, cut: "middle" },
    ...comparison.subjects.map((subject) => ({
      header: `#${subject.number} ${oneLine(subject.name)}`,
      minWidth: 10,
      cut: "end" as const,
    })),
    ...(withDelta ? [{ header: "Δ" }] : []),
  ];
}

function headRow(comparison: ComparisonView, cell: (subject: ComparisonView["subjects"][number]) => Cell): Cell[] {
  return ["", ...comparison.subjects.map(cell)];
}

function shownRows(section: ComparisonSection, all: boolean): readonly Row[] {
  const differing = section.rows.filter((row) => row.differs);
  return all ? [...differing, ...section.rows.filter((row) => !row.differs)] : differing;
}

function bodyRow(row: Row, style: Style, withDelta: boolean): Cell[] {
  const name = `  ${row.differs ? "≠" : "="} ${row.name}`;
  const paint = row.differs ? style.yellow : style.dim;
  return [
    { text: name, paint },
    ...fromDifference(row.values.map(valueText)).map(
      (text, index): Cell => ({ text, paint: row.values[index] === null || !row.differs ? style.dim : plain }),
    ),
    ...(withDelta ? [{ text: deltaText(row.values), paint: style.dim }] : []),
  ];
}

/** The step from the first number to the second, `+0.018 (+2.5 %)`; nothing for other values, and for more than two. */
function deltaText(values: Row["values"]): string {
  const [before, after] = values;
  if (values.length !== 2 || typeof before !== "number" || typeof after !== "number" || before === after) return "";
  const delta = after - before;
  const share = before === 0 ? Number.NaN : (delta / Math.abs(before)) * 100;
  const percent = Number.isFinite(share) && Math.abs(share) < 1e6 ? ` (${signed(Number(share.toPrecision(3)))} %)` : "";
  return `${signed(Number(delta.toPrecision(4)))}${percent}`;
}

function signed(value: number): string {
  return value > 0 ? `+${formatValue(value, { short: true })}` : formatValue(value, { short: true });
}

/** Enough of what is equal to recognise the place. */
const KEPT_BEFORE_DIFFERENCE = 6;

/** Long texts with the same beginning start where they differ: a column would otherwise be cut before that. */
function fromDifference(texts: readonly string[]): readonly string[] {
  const [first = "", ...others] = texts;
  const isLong = texts.some((text) => text.length > 24);
  if (others.length === 0 || !isLong) return texts;
  let equal = 0;
  while (equal < first.length && others.every((text) => text[equal] === first[equal])) equal += 1;
  if (equal === first.length && others.every((text) => text.length === equal)) return texts;
  const from = Math.max(0, equal - KEPT_BEFORE_DIFFERENCE);
  return from < KEPT_BEFORE_DIFFERENCE ? texts : texts.map((text) => `…${text.slice(from)}`);
}

/** `load, clean: not in #31`: nodes that some of the runs lack, once for each set of runs. */
function missingLines({ missing }: ComparisonView, style: Style): string[] {
  const bySubjects = Map.groupBy(missing, ({ subjects }) => subjects.map((number) => `#${number}`).join(", "));
  const lines = [...bySubjects].map(([subjects, nodes]) => {
    const names = nodes.slice(0, 10).map(({ node }) => oneLine(node));
    const more = nodes.length > names.length ? ` and ${nodes.length - names.length} more` : "";
    return style.yellow(`not in ${subjects}: ${names.join(", ")}${more}`);
  });
  return lines.length === 0 ? [] : [...lines, ""];
}

/** Hashes are cut: their first characters tell them apart, and the JSON has the rest. */
function valueText(value: Row["values"][number]): string {
  if (typeof value === "string" && /^~?[0-9a-f]{40,64}$/.test(value)) return value.slice(0, 12);
  return formatValue(value);
}

function titleOf(section: ComparisonSection): string {
  return section.node === null ? section.title : `${section.node} · ${section.title}`;
}

function count(sections: readonly ComparisonSection[], differs: boolean): number {
  return sections.flatMap((section) => section.rows).filter((row) => row.differs === differs).length;
}

function summary(differing: number, equal: number, all: boolean): string {
  if (differing === 0) return `Nothing differs (${plural(equal, "fact")} compared${all ? "" : "; --all shows them"}).`;
  return `${plural(differing, "difference")}, ${grouped(equal)} equal${all || equal === 0 ? "" : " (--all shows them)"}`;
}

function plain(text: string): string {
  return text;
}
