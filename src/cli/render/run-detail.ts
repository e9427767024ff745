import type { NodeView, RunDetailView } from "../../api/index.ts";
import { formatAgo, formatDuration, formatTime, formatValue, shortCommit, stateText } from "../../views/index.ts";
import { reasonHead, wrapReason } from "../terminal/reason.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { type Cell, type Column, renderFacts, renderTable } from "../terminal/table.ts";
import { oneLine } from "../terminal/width.ts";
import { metricsText } from "./metrics.ts";

export interface DetailContext {
  readonly width: number;
  readonly style: Style;
  readonly now: number;
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
      run.nodes.map((node) => nodeRow(node, context)),
      { width: context.width - 2, style },
    ).map((line) => `  ${line}`),
    "",
    ...nextCommands(run, style),
  ];
}

function runFacts(run: RunDetailView, { width, now }: DetailContext): (readonly [string, string | readonly string[]])[] {
  const facts: (readonly [string, string | readonly string[]])[] = [];
  if (run.title !== null) facts.push(["title", oneLine(run.title)]);
  if (run.tags.length > 0) facts.push(["tags", run.tags.join(", ")]);
  if (run.note !== null) facts.push(["note", run.note.split("\n").map(oneLine)]);
  if (run.reason !== null) facts.push(["reason", wrapReason(run.reason, width - 16)]);
  facts.push(["created", `${formatTime(run.createdAt)} (${formatAgo(run.createdAt, now)})`]);
  if (run.durationS !== null) facts.push(["took", formatDuration(run.durationS)]);
  facts.push(["code", shortCommit(run.commit)]);
  const parameters = Object.entries(run.parameters);
  if (parameters.length > 0) facts.push(["parameters", parameters.map(([name, value]) => `${name} = ${oneLine(formatValue(value))}`)]);
  return facts;
}

const NODE_COLUMNS: readonly Column[] = [
  { header: "NODE", minWidth: 10, cut: "middle" },
  { header: "#", align: "right" },
  { header: "STATE" },
  { header: "TIME", align: "right" },
  { header: "LAST VALUES", minWidth: 10 },
];

function nodeRow(node: NodeView, { style, now }: DetailContext): Cell[] {
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
    `${attemptText(node)}${node.state === "complete" ? metricsText(execution?.metadata ?? {}) : reason}`,
  ];
}

/** `attempt 2 of 3 (before: #5, #6)  `, or nothing of a node that was tried once. */
function attemptText({ execution, attempts, earlierAttempts, retryAt }: NodeView): string {
  const attempt = execution?.attempt ?? 1;
  const next = retryAt === null ? "" : `, the next at ${formatTime(retryAt)}`;
  if (attempt === 1 && next === "") return "";
  const before = earlierAttempts.length === 0 ? "" : ` (before: ${earlierAttempts.map(({ number }) => `#${number}`).join(", ")})`;
  return `attempt ${attempt} of ${attempts}${before}${next}  `;
}

/** How long it took, or has taken so far. */
export function elapsed(startedAt: string | null, durationS: number | null, now: number): number | null {
  if (durationS !== null) return durationS;
  return startedAt === null ? null : Math.max(0, now - Date.parse(startedAt)) / 1000;
}

function nextCommands(run: RunDetailView, style: Style): string[] {
  const failed = run.nodes.find((node) => node.state === "error")?.execution;
  const first = failed ?? run.nodes.find((node) => node.execution !== null)?.execution;
  const commands = [
    ...(first === undefined || first === null ? [] : [`headrace logs ${first.number}`, `headrace info ${first.number}`]),
    `headrace outputs ${run.number}`,
  ];
  return [style.dim(`  ${commands.join(" · ")}`)];
}
