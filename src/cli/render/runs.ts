import type { RunListView, RunRowView, RunView } from "../../api/index.ts";
import { formatAgo, formatDuration, formatValue, stateText } from "../../views/index.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { type Cell, type Column, renderTable } from "../terminal/table.ts";

export interface RunsContext {
  readonly width: number;
  readonly style: Style;
  readonly now: number;
  readonly limit: number;
  /** True where the order is that of a value: then there is no next page. */
  readonly isSorted: boolean;
  /** True when options narrowed the list: then an empty one does not mean an empty project. */
  readonly isFiltered: boolean;
}

/** `headrace ls`: one row per run, newest first or in the order of a value. */
export function renderRuns(
  { items: runs, columns: values }: Pick<RunListView, "items" | "columns">,
  context: RunsContext,
): string[] {
  const { style } = context;
  if (runs.length === 0) {
    if (context.isFiltered) return ["No run fits."];
    return [
      "Nothing has run here yet.",
      style.dim("Start with `headrace run STEP`; `headrace lint` shows what the configuration holds."),
    ];
  }
  const notes = runs.map(noteOf);
  const columns: readonly Column[] = [
    { header: "#", align: "right" },
    { header: "NAME", minWidth: 12, cut: "middle" },
    { header: "STATE" },
    ...values.map((name): Column => ({ header: name, align: "right", minWidth: 8, cut: "middle" })),
    { header: "CREATED" },
    { header: "TIME", align: "right" },
    ...(notes.some((note) => note !== "") ? [{ header: "TITLE · TAGS", minWidth: 12 }] : []),
  ];
  const rows = runs.map((run, index) => row(run, values, notes[index] ?? "", context));
  const table = renderTable(columns, rows, context);
  const last = runs.at(-1);
  const more = !context.isSorted && runs.length === context.limit && last !== undefined && last.number > 1;
  return more ? [...table, style.dim(`older ones: headrace ls --before ${last.number}`)] : table;
}

const NAMED = 5;

/** Says what to do about runs that no process drives any more. */
export function renderAbandoned(runs: readonly RunView[], style: Style): string[] {
  if (runs.length === 0) return [];
  const numbers = runs.slice(0, NAMED).map((run) => run.number);
  const more = runs.length > NAMED ? ` and ${runs.length - NAMED} more` : "";
  const subject = runs.length === 1 ? `run ${numbers[0]}` : `runs ${numbers.join(", ")}${more}`;
  return [
    "",
    style.yellow(
      `no process drives ${subject}: \`headrace resume\` or \`headrace engine\` carries on, \`headrace stop N\` ends it`,
    ),
  ];
}

function row(run: RunRowView, values: readonly string[], note: string, { style, now }: RunsContext): Cell[] {
  const running = run.durationS === null && run.startedAt !== null ? (now - Date.parse(run.startedAt)) / 1000 : null;
  const seconds = run.durationS ?? running;
  return [
    { text: String(run.number), paint: style.bold },
    run.name,
    stateCell(run, style),
    ...values.map((name) => formatValue(run.values[name], { short: true })),
    { text: formatAgo(run.createdAt, now), paint: style.dim },
    seconds === null ? { text: "–", paint: style.dim } : formatDuration(Math.max(0, seconds)),
    note,
  ];
}

/** A run in which nothing ran says so: otherwise its time alone would tell it from one that did the work. */
function stateCell(run: RunRowView, style: Style): Cell {
  if (run.allReused && run.state === "complete")
    return { text: stateText("reused"), paint: lookOf("reused", style).paint };
  const progress = run.finishedAt === null && run.nodes.total > 1 ? ` ${run.nodes.ended}/${run.nodes.total}` : "";
  const waits = run.approvals > 0 ? ", waits for approval" : "";
  return { text: `${stateText(run.state)}${progress}${waits}`, paint: lookOf(run.state, style).paint };
}

function noteOf(run: RunView): string {
  const tags = run.tags.map((tag) => `[${tag}]`).join(" ");
  return [run.title ?? "", tags].filter((part) => part !== "").join(" ");
}
