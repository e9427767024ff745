import type { ColumnDriftView, DriftView } from "../../api/index.ts";
import { grouped } from "../../views/index.ts";
import type { Paint, Style } from "../terminal/style.ts";
import { type Cell, type Column, renderTable } from "../terminal/table.ts";

const BARS = "▁▂▃▄▅▆▇█";
const BINS_SHOWN = 16;

/** `headrace drift`: the verdict, a row for each column, and the columns that were not compared. */
export function renderDrift(drift: DriftView, context: { width: number; style: Style }): readonly string[] {
  const { style } = context;
  const { reference, current, columns, skipped } = drift;
  const words = `${drift.driftedColumns} of ${drift.comparedColumns} columns drifted`;
  const lines = [
    `${style.dim("reference")}  ${reference.path}  ${style.dim(`${grouped(reference.rows)} rows`)}`,
    `${style.dim("current")}    ${current.path}  ${style.dim(`${grouped(current.rows)} rows`)}`,
    "",
  ];
  if (columns.length > 0)
    lines.push(
      ...renderTable(
        COLUMNS,
        columns.map((each) => row(each, style)),
        context,
      ),
      "",
    );
  for (const { name, reason } of skipped) lines.push(style.dim(`${name} was not compared: ${reason}`));
  if (skipped.length > 0) lines.push("");
  if (drift.sampled) lines.push(style.dim("a random million of the rows stands for all of them"), "");
  const verdicts: Readonly<Record<DriftView["verdict"], string>> = {
    drifted: `${style.red("✗")} drifted: ${words}`,
    stable: `${style.green("✓")} not drifted: ${words}`,
    few: `${style.yellow("!")} nothing can be said: no column has enough values on both sides`,
  };
  return [...lines, verdicts[drift.verdict]];
}

const COLUMNS: readonly Column[] = [
  { header: "COLUMN", minWidth: 10, cut: "middle" },
  { header: "VERDICT" },
  { header: "MEASURES", minWidth: 16 },
  { header: "MISSING %", align: "right" },
  { header: "REFERENCE" },
  { header: "CURRENT" },
];

function row(column: ColumnDriftView, style: Style): readonly Cell[] {
  const { name, verdict, scores, bins } = column;
  const paints: Readonly<Record<typeof verdict, Paint>> = { drifted: style.red, stable: style.green, few: style.dim };
  const marks = { drifted: "✗ drifted", stable: "✓ stable", few: "– too few values" };
  const shown = bins.slice(0, BINS_SHOWN);
  return [
    { text: name, paint: style.bold },
    { text: marks[verdict], paint: paints[verdict] },
    scores.map((each) => `${each.measure} ${each.score === null ? "–" : short(each.score)}`).join(", "),
    `${missingShare(column.referenceMissing, column.referenceCount)} → ${missingShare(column.currentMissing, column.currentCount)}`,
    bars(shown.map((bin) => bin.reference)),
    bars(shown.map((bin) => bin.current)),
  ];
}

function missingShare(missing: number, present: number): string {
  const all = missing + present;
  return all === 0 ? "–" : ((100 * missing) / all).toFixed(missing === 0 ? 0 : 1);
}

function short(score: number): string {
  if (score === 0) return "0";
  return Math.abs(score) < 0.0001 ? score.toExponential(0) : score.toPrecision(2);
}

/** As high as the share of each bin, against the highest. */
function bars(shares: readonly number[]): string {
  const most = Math.max(...shares, 0);
  return shares
    .map((share) =>
      share === 0 ? " " : (BARS[Math.min(BARS.length - 1, Math.floor((share / most) * BARS.length))] ?? ""),
    )
    .join("");
}
