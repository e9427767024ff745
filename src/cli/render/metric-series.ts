import type { MetricSeriesView } from "../../api/index.ts";
import { formatValue, grouped, plural } from "../../views/index.ts";
import { type PlotSeries, plotPaint, renderPlot } from "../terminal/plot.ts";
import type { Paint, Style } from "../terminal/style.ts";
import { type Cell, type Column, renderTable } from "../terminal/table.ts";
import { oneLine } from "../terminal/width.ts";

interface Context {
  readonly width: number;
  readonly style: Style;
}

/** Lines of a drawing: enough to tell a plateau from a slope, few enough for three keys on a screen. */
const PLOT_LINES = 10;
/** A pipe has no width. */
const WIDEST_PLOT = 120;

const COLUMNS: readonly Column[] = [
  { header: "KEY", minWidth: 12, cut: "middle" },
  { header: "POINTS", align: "right" },
  { header: "FIRST", align: "right", minWidth: 8 },
  { header: "LAST", align: "right", minWidth: 8 },
  { header: "MIN", align: "right" },
  { header: "MAX", align: "right" },
];

/** `headrace metrics N`: each key's course in a row, executions apart. */
export function renderSeriesTable(series: readonly MetricSeriesView[], context: Context): string[] {
  const executions = [...Map.groupBy(series, ({ execution }) => execution).values()];
  return executions.flatMap((ofOne, index) => {
    const [{ node, execution } = { node: "", execution: 0 }] = ofOne;
    const title = context.style.bold(`${oneLine(node)} #${execution}`);
    return [...(index === 0 ? [] : [""]), title, ...renderTable(COLUMNS, ofOne.map(row), context)];
  });
}

/**
 * `headrace metrics N KEY…`: one drawing per key, the curves of several executions in one; keys without numbers in the
 * table.
 */
export function renderSeriesPlots(series: readonly MetricSeriesView[], context: Context): string[] {
  const width = Math.min(context.width, WIDEST_PLOT);
  const lines: string[] = [];
  for (const [key, ofKey] of Map.groupBy(series, (each) => each.key)) {
    if (lines.length > 0) lines.push("");
    const axes = [...new Set(ofKey.map(({ axis }) => axis ?? "point"))].join(", ");
    lines.push(`${context.style.bold(oneLine(key))} ${context.style.dim(`over ${axes}`)}`);
    lines.push(...renderPlot(ofKey.map(curve), { width, height: PLOT_LINES, style: context.style }));
    lines.push(...ofKey.map((one, index) => legend(one, plotPaint(context.style, index), context.style)));
  }
  return lines;
}

function curve({ points }: MetricSeriesView): PlotSeries {
  const numbers = (points ?? []).flatMap(({ x, value }) => (typeof value === "number" ? [{ x, y: value }] : []));
  return { points: numbers };
}

function legend(series: MetricSeriesView, paint: Paint, style: Style): string {
  return `  ${paint("──")} ${oneLine(series.node)} #${series.execution}  ${style.dim(summary(series))}`;
}

function row(series: MetricSeriesView): Cell[] {
  return [
    series.key,
    grouped(series.count),
    short(series.first),
    short(series.last),
    extreme(series, "min"),
    extreme(series, "max"),
  ];
}

function summary(series: MetricSeriesView): string {
  const parts = [plural(series.count, "point"), `last ${short(series.last)}`];
  if (series.min !== null && series.max !== null)
    parts.push(`min ${extreme(series, "min")}`, `max ${extreme(series, "max")}`);
  return parts.join(" · ");
}

/** `0.0413 @17`: the value, and where on the axis it stood; a single point needs no place. */
function extreme(series: MetricSeriesView, end: "min" | "max"): string {
  const found = series[end];
  if (found === null) return "–";
  const place = series.count > 1 ? ` @${short(found.x)}` : "";
  return `${short(found.value)}${place}`;
}

function short(value: unknown): string {
  return oneLine(formatValue(value, { short: true }));
}
