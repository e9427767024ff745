import type { LogLine, NodeView, RunDetailView } from "../../api/index.ts";
import { homeFolder } from "../../home-folders.ts";
import type { OutsideCode } from "../../services/index.ts";
import { formatDuration, formatSize, plural } from "../../views/index.ts";
import { taskText } from "../render/run-detail.ts";
import { reasonHead, reasonRest } from "../terminal/reason.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, textWidth, truncate, wrap } from "../terminal/width.ts";
import { failureHint } from "./failure-hints.ts";

/** A failed node with the end of its log. */
export interface FailedNode {
  readonly node: NodeView;
  readonly lastLines: readonly LogLine[];
  /** The end of stderr, where it is not among the last lines. */
  readonly lastErrors?: readonly LogLine[];
  /** All that it printed stands on the screen already. */
  readonly isShown?: boolean;
  /** A file that it missed, and that the project's folder has. */
  readonly outside?: OutsideCode | undefined;
}

/** The number of failed steps for which the end of the log is shown. */
export const FAILURES_SHOWN = 3;

/** Returns the summary at the end of a run: how it ended, why, and what to type next. */
export function renderSummary(
  run: RunDetailView,
  failed: readonly FailedNode[],
  options: { readonly style: Style; readonly width: number; readonly quiet?: boolean },
): string[] {
  const { style, width } = options;
  const failures = run.nodes.filter((node) => node.state === "error");
  const hidden = failures.length - failed.length;
  return [
    ...run.nodes.flatMap((node) => taskLines(node, options)),
    ...failed.flatMap((failure) => ["", ...renderFailedNode(failure, options)]),
    ...(hidden > 0 ? ["", style.dim(`… and ${plural(hidden, "more failed node")}: headrace info ${run.number}`)] : []),
    "",
    ...hanging(headline(run, style), width),
    ...notKept(run).flatMap((hint) => hintLines(hint, options.width, "")),
    ...(options.quiet === true ? [] : nextCommands(run, failures, style)),
  ];
}

function taskLines(
  { name, task }: NodeView,
  { style, width }: { readonly style: Style; readonly width: number },
): string[] {
  return task === null ? [] : ["", ...hanging(`${style.bold(oneLine(name))}: ${taskText(task)}`, width)];
}

/** The most such steps that the summary names. */
const NOT_KEPT_SHOWN = 3;

/** Files that steps have written to their working folders, where they made no outputs. */
function notKept(run: RunDetailView): readonly string[] {
  return run.nodes
    .flatMap(({ name, reused, execution }) => {
      const files = reused ? undefined : execution?.runtimeFacts.notKept;
      const where = "to its working folder, which is not kept: write to /valohai/outputs what is to be";
      return files === undefined ? [] : [`${name} made no outputs, but wrote ${files} ${where}`];
    })
    .slice(0, NOT_KEPT_SHOWN);
}

function hintLines(hint: string, width: number, indent: string): readonly string[] {
  const label = "hint: ";
  const lines = wrap(oneLine(hint), width - indent.length - label.length - 1);
  return lines.map((line, index) => `${indent}${index === 0 ? label : " ".repeat(label.length)}${line}`);
}

/** Broken between words, so that the terminal does not break it within one. */
function hanging(line: string, width: number): readonly string[] {
  return textWidth(line) <= width
    ? [line]
    : wrap(line, width - 2).map((part, index) => (index === 0 ? part : `  ${part.trimStart()}`));
}

function headline(run: RunDetailView, style: Style): string {
  const look = lookOf(run.state, style);
  const took = run.durationS === null ? "" : ` after ${formatDuration(run.durationS)}`;
  const outputs = run.nodes.flatMap((node) => (node.reused ? [] : (node.execution?.outputs ?? [])));
  const size = outputs.reduce((sum, output) => sum + output.sizeBytes, 0);
  const made = outputs.length === 0 ? "" : style.dim(`  ${plural(outputs.length, "output")}, ${formatSize(size)}`);
  // "stopped by the user" says it all: not "stopped: stopped by the user".
  const saysState = run.reason?.startsWith(run.state) === true;
  const reason = run.state === "complete" || run.reason === null || saysState ? "" : `: ${oneLine(run.reason)}`;
  const state = saysState ? oneLine(run.reason ?? "") : run.state === "error" ? "failed" : run.state;
  return `${look.paint(look.glyph)} ${run.kind} ${style.bold(oneLine(run.name))} ${style.dim(`#${run.number}`)} ${look.paint(state)}${took}${reason}${reuse(run, style)}${made}`;
}

/** `6 nodes: 4 reused, 2 ran`: what the run was spared. */
function reuse(run: RunDetailView, style: Style): string {
  const reused = run.nodes.filter((node) => node.reused);
  const [only] = reused;
  if (only === undefined) return "";
  if (run.kind === "step")
    return style.dim(`  reused execution ${only.execution?.number}: nothing that counts has changed`);
  const ran = run.nodes.filter((node) => !node.reused && node.execution !== null).length;
  return style.dim(`  ${plural(run.nodes.length, "node")}: ${reused.length} reused, ${ran} ran`);
}

function renderFailedNode(
  { node, lastLines, lastErrors = [], isShown, outside }: FailedNode,
  { style, width }: { readonly style: Style; readonly width: number },
): string[] {
  const number = node.execution === null ? "" : style.dim(` #${node.execution.number}`);
  const reason = node.reason ?? node.execution?.reason ?? "failed";
  const bar = style.red("│");
  const inBar = (line: LogLine): string => `  ${bar} ${truncate(oneLine(line.text), width - 5)}`.trimEnd();
  const errors =
    lastErrors.length === 0 ? [] : [`  ${bar} ${style.dim("stderr ended with:")}`, ...lastErrors.map(inBar)];
  const log = [...(isShown === true ? [] : lastLines.map(inBar)), ...errors];
  // A step that never ran (an input was missing, say) is not said to have been silent.
  const ran = node.execution !== null && (node.execution.exitCode !== null || node.execution.signal !== null);
  const { runtimeFacts = {}, image = "" } = node.execution ?? {};
  const lines = [...lastErrors, ...lastLines].map(({ text }) => text);
  const again = node.execution === null ? node.name : `${node.execution.step} --from ${node.execution.number}`;
  const hint = failureHint({ lines, environment: runtimeFacts, image, home: homeFolder(process.env), outside, again });
  const nothing = ran && lastLines.length === 0 ? [`  ${bar} ${style.dim("(it printed nothing)")}`] : [];
  return [
    ...hanging(
      `${style.red("✗")} ${style.bold(node.name)}${number}${attempts(node, style)}: ${reasonHead(reason)}`,
      width,
    ),
    ...reasonRest(reason).flatMap((line) => hanging(`  ${line}`, width)),
    ...(log.length === 0 ? nothing : log),
    ...(hint === undefined ? [] : hintLines(hint, width, "  ")),
  ];
}

function attempts({ execution, attempts: all }: NodeView, style: Style): string {
  return execution === null || execution.attempt === 1 ? "" : style.dim(` attempt ${execution.attempt} of ${all}`);
}

/**
 * The commands are explained up to this number: a user who has seen them in the first runs of a project knows them.
 * Each run and each execution has a number.
 */
const INTRODUCING = 40;

function nextCommands(run: RunDetailView, failures: readonly NodeView[], style: Style): string[] {
  const failedExecution = failures.find((node) => node.execution !== null)?.execution;
  const commands: (readonly [string, string])[] = [];
  if (failedExecution !== undefined && failedExecution !== null)
    commands.push([`headrace logs ${failedExecution.number}`, "the whole log"]);
  if (run.number > INTRODUCING) return commandLines(commands, style);
  const task = run.nodes.find((node) => node.task !== null);
  if (task !== undefined) commands.push([`headrace info ${run.number}.${task.name}`, "its trials, the best first"]);
  commands.push([`headrace info ${run.number}`, "parameters, inputs, metadata of every node"]);
  if (run.nodes.some((node) => node.reused)) {
    commands.push([`headrace why ${run.number}`, "why each node ran or was reused"]);
    // Not spelled out: without its --from, parameters and inputs it would be another run, or none.
    commands.push(["headrace run … --fresh", "the same command with --fresh runs all of it again"]);
  }
  if (run.nodes.some((node) => (node.execution?.outputs.length ?? 0) > 0))
    commands.push([`headrace outputs ${run.number}`, "the files that it made"]);
  if (failures.length === 0) commands.push([`headrace logs ${run.number}`, "what it printed"]);
  return commandLines(commands, style);
}

function commandLines(commands: readonly (readonly [string, string])[], style: Style): string[] {
  if (commands.length === 0) return [];
  const width = Math.max(...commands.map(([command]) => command.length));
  return ["", ...commands.map(([command, purpose]) => `  ${style.cyan(command.padEnd(width))}  ${style.dim(purpose)}`)];
}
