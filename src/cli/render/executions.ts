import type { ExecutionListView, ExecutionRowView } from "../../api/index.ts";
import { formatAgo, formatDuration, formatValue, stateText } from "../../views/index.ts";
import { lookOf } from "../terminal/state.ts";
import { type Cell, type Column, renderTable } from "../terminal/table.ts";
import { elapsed } from "./run-detail.ts";
import type { RunsContext } from "./runs.ts";

/** `headrace ls --executions`: a row for each, with its own state, time and values. */
export function renderExecutions(
  { items, columns: values }: Pick<ExecutionListView, "items" | "columns">,
  context: RunsContext,
): string[] {
  const { style } = context;
  if (items.length === 0) return [context.isFiltered ? "No execution fits." : "Nothing has run here yet."];
  const columns: readonly Column[] = [
    { header: "#", align: "right" },
    { header: "NODE", minWidth: 12, cut: "middle" },
    { header: "STATE" },
    ...values.map((name): Column => ({ header: name, align: "right", minWidth: 8, cut: "middle" })),
    { header: "CREATED" },
    { header: "TIME", align: "right" },
  ];
  const table = renderTable(
    columns,
    items.map((execution) => row(execution, values, context)),
    context,
  );
  const last = items.at(-1);
  const more = !context.isSorted && items.length === context.limit && last !== undefined;
  return more ? [...table, style.dim(`older ones: headrace ls --executions --before ${last.number}`)] : table;
}

function row(execution: ExecutionRowView, values: readonly string[], { style, now }: RunsContext): Cell[] {
  const seconds = elapsed(execution.startedAt, execution.durationS, now);
  return [
    { text: String(execution.number), paint: style.bold },
    `${execution.run}.${execution.node}`,
    { text: stateText(execution.state), paint: lookOf(execution.state, style).paint },
    ...values.map((name) => formatValue(execution.values[name], { short: true })),
    { text: formatAgo(execution.createdAt, now), paint: style.dim },
    seconds === null ? { text: "–", paint: style.dim } : formatDuration(seconds),
  ];
}
