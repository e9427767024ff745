import type { GroupView, NamedOutputView, NodeView, RunDetailView, TaskSummaryView } from "../../api/index.ts";
import {
  actorText,
  formatAgo,
  formatDuration,
  formatSize,
  formatTime,
  formatValue,
  groupRows,
  groupState,
  plural,
  shortCommit,
  stateText,
  waitingText,
} from "../../views/index.ts";
import { reasonHead, wrapReason } from "../terminal/reason.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { type Cell, type Column, renderFacts, renderTable } from "../terminal/table.ts";
import { oneLine, wrapAll } from "../terminal/width.ts";
import { metricsText } from "./metrics.ts";

export interface DetailContext {
  readonly width: number;
  readonly style: Style;
  readonly now: number;
  /** False where only some of the nodes are shown. */
  readonly isWhole?: boolean;
  /** True where the nodes of a pipeline within the pipeline are one row as long as nobody has to look at one. */
  readonly folds?: boolean;
}

/** `headrace info` of a run: its facts, and a row for each node. */
export function renderRunDetail(run: RunDetailView, context: DetailContext): string[] {
  const { style } = context;
  const look = lookOf(run.state, style);
  return [
    `${style.bold(`Run ${run.number}`)}  ${run.kind} ${style.bold(oneLine(run.name))}  ${look.paint(stateText(run.state))}`,
    "",
    ...renderFacts(runFacts(run, context), style, "  "),
    "",
    ...renderTable(
      NODE_COLUMNS,
      groupRows(run.nodes, run.groups, (members) => context.folds === true && members.every(isQuiet)).map((row) =>
        row.kind === "node"
          ? indented(nodeRow(row.node, run.commit, context), row.depth)
          : indented(groupRow(row.group, row.members, style), row.depth),
      ),
      { width: context.width - 2, style },
    ).map((line) => `  ${line}`),
    ...(context.isWhole === false
      ? [style.dim("  … and more nodes; --all shows them, --state error those that failed")]
      : []),
    "",
    ...nextCommands(run, style),
  ];
}

function runFacts(
  run: RunDetailView,
  { width, now }: DetailContext,
): (readonly [string, string | readonly string[]])[] {
  const facts: (readonly [string, string | readonly string[]])[] = [];
  if (run.title !== null) facts.push(["title", oneLine(run.title)]);
  if (run.tags.length > 0) facts.push(["tags", run.tags.join(", ")]);
  if (run.note !== null) facts.push(["note", run.note.split("\n").map(oneLine)]);
  if (run.reason !== null) facts.push(["reason", wrapReason(run.reason, width - 16)]);
  if (run.warnings.length > 0) facts.push(["warnings", wrapAll(run.warnings.slice(0, WARNINGS_SHOWN), width - 16)]);
  facts.push(["created", `${formatTime(run.createdAt)} (${formatAgo(run.createdAt, now)})`]);
  if (run.durationS !== null) facts.push(["took", formatDuration(run.durationS)]);
  if (run.startedBy !== null) facts.push(["started by", oneLine(actorText(run.startedBy))]);
  if (run.stoppedBy !== null) facts.push(["stopped by", oneLine(actorText(run.stoppedBy))]);
  facts.push(["code", shortCommit(run.commit)]);
  const parameters = Object.entries(run.parameters);
  if (parameters.length > 0)
    facts.push(["parameters", parameters.map(([name, value]) => `${name} = ${oneLine(formatValue(value))}`)]);
  if (run.outputs.length > 0) facts.push(["outputs", run.outputs.map(outputText)]);
  return facts;
}

/** `model = 12/model.pkl (4 KB)`, or what it comes from while there is nothing. */
function outputText({ name, kind, files, fileCount, value, source }: NamedOutputView): string {
  const [first] = files;
  if (kind === "metadata") return `${name} = ${value === null ? `(${source})` : oneLine(formatValue(value))}`;
  if (first === undefined) return `${name} = (${source})`;
  const size = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const file = oneLine(`${first.execution ?? ""}/${first.name}`);
  if (fileCount === 1) return `${name} = ${file} (${formatSize(size)})`;
  return `${name} = ${file} and ${plural(fileCount - 1, "more file")}`;
}

/** `--json` has all of them. */
const WARNINGS_SHOWN = 10;

const NODE_COLUMNS: readonly Column[] = [
  { header: "NODE", minWidth: 10, cut: "middle" },
  { header: "#", align: "right" },
  { header: "STATE" },
  { header: "TIME", align: "right" },
  { header: "LAST VALUES", minWidth: 10 },
];

function nodeRow(node: NodeView, commit: string, { style, now }: DetailContext): Cell[] {
  const { execution } = node;
  const state = node.reused ? "reused" : node.state;
  const reason = reasonHead(node.reason ?? execution?.reason ?? execution?.statusDetail ?? "");
  // The time that it took once is not of this run.
  const seconds = execution === null || node.reused ? null : elapsed(execution.startedAt, execution.durationS, now);
  return [
    node.name,
    execution === null ? { text: "–", paint: style.dim } : String(execution.number),
    { text: stateText(state), paint: lookOf(state, style).paint },
    seconds === null ? { text: "–", paint: style.dim } : formatDuration(seconds),
    node.task === null
      ? `${codeText(node, commit)}${attemptText(node)}${waitText(node, now)}${node.state === "complete" ? metricsText(execution?.metadata ?? {}) : reason}`
      : `${waitText(node, now)}${taskText(node.task)}${node.state === "error" ? `  ${reason}` : ""}`,
  ];
}

/** Nothing happens in it, and nothing went wrong. */
function isQuiet({ state }: NodeView): boolean {
  return state === "complete" || state === "waiting" || state === "skipped";
}

function groupRow(
  { name, pipeline }: Pick<GroupView, "name" | "pipeline">,
  members: readonly NodeView[],
  style: Style,
): Cell[] {
  const states = members.map(({ reused, waitingFor, state }) =>
    reused ? "reused" : waitingFor?.kind === "approval" ? "approval" : state,
  );
  const { state, counts } = groupState(states);
  const words = counts.length === 1 ? "" : `: ${counts.map(([of, count]) => `${count} ${stateText(of)}`).join(", ")}`;
  return [
    { text: name, paint: style.bold },
    { text: "–", paint: style.dim },
    { text: stateText(state), paint: lookOf(state, style).paint },
    { text: "–", paint: style.dim },
    `pipeline ${oneLine(pipeline)}, ${plural(members.length, "node")}${words}`,
  ];
}

function indented([first = "", ...rest]: readonly Cell[], depth: number): Cell[] {
  const space = "  ".repeat(depth);
  return [typeof first === "string" ? space + first : { ...first, text: space + first.text }, ...rest];
}

/** `12 of 50 trials, 1 failed; best auc 0.91 (#17)`. */
export function taskText({ planned, complete, pruned, failed, stopped, best }: TaskSummaryView): string {
  const counts = [
    `${complete}${planned === null ? "" : ` of ${planned}`} trials complete`,
    ...(pruned === 0 ? [] : [`${pruned} pruned`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(stopped === 0 ? [] : [`${stopped} stopped`]),
  ].join(", ");
  return best === null
    ? counts
    : `${counts}; best ${oneLine(best.metric)} ${Number(best.value.toPrecision(6))} (#${best.execution})`;
}

/** `code 1a2b3c4  ` of a node that ran another version of the code than its run has. */
function codeText({ execution, reused }: NodeView, commit: string): string {
  if (execution === null || reused || execution.commit === commit) return "";
  return `code ${shortCommit(execution.commit)}  `;
}

/** `attempt 2 of 3 (before: #5, #6)  `, or nothing of a node that was tried once. */
function attemptText({ execution, attempts, earlierAttempts }: NodeView): string {
  const attempt = execution?.attempt ?? 1;
  if (attempt === 1) return "";
  const before =
    earlierAttempts.length === 0 ? "" : ` (before: ${earlierAttempts.map(({ number }) => `#${number}`).join(", ")})`;
  return `attempt ${attempt} of ${attempts}${before}  `;
}

/** `waits for: second attempt at 12:03:10  `, or nothing. */
function waitText({ waitingFor }: NodeView, now: number): string {
  return waitingFor === null ? "" : `${waitingText(waitingFor, now)}  `;
}

/** Returns the time that it took, or has taken so far. */
export function elapsed(startedAt: string | null, durationS: number | null, now: number): number | null {
  if (durationS !== null) return durationS;
  return startedAt === null ? null : Math.max(0, now - Date.parse(startedAt)) / 1000;
}

function nextCommands(run: RunDetailView, style: Style): string[] {
  const asked = run.nodes.find(({ waitingFor }) => waitingFor?.kind === "approval");
  const failed = run.nodes.find((node) => node.state === "error")?.execution;
  const first = failed ?? run.nodes.find((node) => node.execution !== null)?.execution;
  const task = run.nodes.find((node) => node.task !== null);
  const commands = [
    ...(task === undefined ? [] : [`headrace info ${run.number}.${task.name}`]),
    ...(asked === undefined ? [] : [`headrace approve ${run.number} ${asked.name}`]),
    ...(first === undefined || first === null
      ? []
      : [`headrace logs ${first.number}`, `headrace info ${first.number}`]),
    `headrace outputs ${run.number}`,
  ];
  return [style.dim(`  ${commands.join(" · ")}`)];
}
