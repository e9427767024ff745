import type { TaskView, TrialView } from "../../api/index.ts";
import { formatDuration, formatValue, stateText } from "../../views/index.ts";
import { reasonHead, wrapReason } from "../terminal/reason.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { type Cell, type Column, renderFacts, renderTable } from "../terminal/table.ts";
import { oneLine, wrapAll } from "../terminal/width.ts";
import { taskText } from "./run-detail.ts";

export interface TaskContext {
  readonly width: number;
  readonly style: Style;
  /** Only the first rows are shown. */
  readonly isCut: boolean;
}

/** Rows that somebody reads on a terminal. */
const SHOWN = 30;

/** `headrace info` of a task: how far it is, its trials with the best first, and which parameters matter. */
export function renderTask(task: TaskView, context: TaskContext): string[] {
  const { style, width } = context;
  const look = lookOf(task.state, style);
  const rows = inOrder(task.trials);
  const shown = context.isCut ? rows.slice(0, SHOWN) : rows;
  return [
    `${style.bold(`Task ${oneLine(task.node)}`)} of run ${task.run}  step ${oneLine(task.step)}  ${look.paint(stateText(task.state))}`,
    "",
    ...renderFacts(facts(task, width), style, "  "),
    "",
    ...renderTable(
      columnsOf(task),
      shown.map((trial) => rowOf(trial, task, style)),
      { width: width - 2, style },
    ).map((line) => `  ${line}`),
    ...(shown.length < rows.length ? [style.dim(`  … and ${rows.length - shown.length} more; --all shows them`)] : []),
    "",
    ...nextCommands(task, style),
  ];
}

function facts(task: TaskView, width: number): (readonly [string, string | readonly string[]])[] {
  const list: (readonly [string, string | readonly string[]])[] = [
    task.forEach === null ? ["search", METHODS[task.method]] : ["for each", oneLine(task.forEach)],
  ];
  if (task.goals.length > 0) list.push(["goal", task.goals.map(oneLine).join(", ")]);
  list.push(["trials", taskText(task)]);
  if (task.reason !== null) list.push(["reason", wrapReason(task.reason, width - 16)]);
  if (task.importance.some(({ share }) => share !== null))
    list.push(["importance", task.importance.map(importanceLine)]);
  if (task.notes.length > 0) list.push(["notes", wrapAll(task.notes, width - 16)]);
  return list;
}

/** The ways of searching, in words. */
export const METHODS: Readonly<Record<TaskView["method"], string>> = {
  grid: "all combinations",
  random: "random",
  manual: "the sets of values that it lists",
  tpe: "Bayesian (TPE)",
  sobol: "quasi-random (Sobol)",
  distributed: "distributed: all at the same time",
};

const BAR = 20;

function importanceLine({ parameter, share }: TaskView["importance"][number]): string {
  if (share === null) return `${oneLine(parameter)}  –`;
  return `${"█".repeat(Math.round(share * BAR)).padEnd(BAR, "·")} ${String(Math.round(share * 100)).padStart(3)} %  ${oneLine(parameter)}`;
}

/** The best first, then those without a place in their own order. */
function inOrder(trials: readonly TrialView[]): readonly TrialView[] {
  const place = ({ rank }: TrialView): number => rank ?? Number.POSITIVE_INFINITY;
  return trials.toSorted((a, b) => (place(a) === place(b) ? a.trial - b.trial : place(a) - place(b)));
}

function columnsOf(task: TaskView): readonly Column[] {
  return [
    { header: "RANK", align: "right" },
    { header: "TRIAL", align: "right" },
    { header: "#", align: "right" },
    { header: "STATE" },
    { header: "TIME", align: "right" },
    ...metricsOf(task).map((metric): Column => ({ header: oneLine(metric), align: "right" })),
    ...task.parameters.map((name): Column => ({ header: oneLine(name), align: "right" })),
    ...(hasFiles(task) ? [{ header: "FILE" }] : []),
    { header: "", minWidth: 4 },
  ];
}

function hasFiles({ trials }: TaskView): boolean {
  return trials.some(({ file }) => file !== null);
}

function metricsOf({ trials }: TaskView): readonly string[] {
  return Object.keys(trials[0]?.metrics ?? {});
}

function rowOf(trial: TrialView, task: TaskView, style: Style): Cell[] {
  const word = trial.reused ? "reused" : trial.outcome === "pruned" ? "pruned" : trial.state;
  const why = trial.problem ?? (trial.outcome === "complete" ? null : trial.reason);
  return [
    trial.rank === null ? { text: "–", paint: style.dim } : `${trial.isBest ? "★ " : ""}${trial.rank}`,
    String(trial.trial),
    String(trial.execution),
    {
      text: word === "pruned" ? word : stateText(word),
      paint: lookOf(word === "pruned" ? "stopped" : word, style).paint,
    },
    trial.durationS === null || trial.reused ? { text: "–", paint: style.dim } : formatDuration(trial.durationS),
    ...metricsOf(task).map((metric): Cell => {
      const value = trial.metrics[metric] ?? null;
      return value === null ? { text: "–", paint: style.dim } : shortNumber(value);
    }),
    ...task.parameters.map((name): Cell => oneLine(valueText(trial.values[name] ?? null))),
    ...(hasFiles(task) ? [oneLine(trial.file ?? "")] : []),
    why === null ? "" : { text: reasonHead(why), paint: style.dim },
  ];
}

function nextCommands({ run, best, trials, state }: TaskView, style: Style): string[] {
  const shown = best?.execution ?? trials[0]?.execution;
  const commands = [
    ...(shown === undefined ? [] : [`headrace info ${shown}`, `headrace outputs ${shown}`]),
    ...(state === "started" ? [`headrace attach ${run}`] : []),
  ];
  return commands.length === 0 ? [] : [style.dim(`  ${commands.join(" · ")}`)];
}

function valueText(value: TrialView["values"][string]): string {
  return typeof value === "number" ? shortNumber(value) : formatValue(value);
}

/** Six digits tell trials apart; `--json` has all. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
