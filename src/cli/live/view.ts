import { countOf, formatDuration, isFinal, type LiveNode, type LiveState, waitingText } from "../../views/index.ts";
import { metricsText } from "../render/metrics.ts";
import { reasonHead } from "../terminal/reason.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, pad, textWidth, truncate, widest } from "../terminal/width.ts";
import { answerHint } from "./answer-hint.ts";

export interface ViewContext {
  readonly width: number;
  /** Lines that may be used. */
  readonly height: number;
  readonly style: Style;
  readonly now: number;
  /** Said in place of the counts, e.g. while stopping. */
  readonly message?: string;
}

const NAME_MAXIMUM = 28;
const SPINNER = ["◐", "◓", "◑", "◒"] as const;
const SPINNER_MS = 120;

/** The block that is drawn over and over while a run is under way: a head line, and a line per node. */
export function renderLive(state: LiveState, context: ViewContext): string[] {
  const nodes = [...state.nodes.values()];
  const room = Math.max(1, context.height - 1);
  const shown = nodes.length <= room ? nodes : mostTelling(nodes, room - 1);
  const columns = columnsFor(shown, context.width);
  const lines = [headLine(state, context), ...shown.map((node) => nodeLine(node, state.number, columns, context))];
  const hidden = nodes.length - shown.length;
  return hidden === 0 ? lines : [...lines, context.style.dim(`  … and ${hidden} more`)];
}

/** `12 of 40 done, 3 running, 1 failed`, leaving out what is zero. */
export function countsText(state: LiveState): string {
  const parts = [
    `${countOf(state, "complete")} of ${state.nodes.size} complete`,
    some(state.reused, "reused"),
    some(countOf(state, "started", "stopping"), "running"),
    some(countOf(state, "queued"), "queued"),
    some(countOf(state, "error"), "failed"),
    some(countOf(state, "stopped"), "stopped"),
    some(countOf(state, "skipped"), "skipped"),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** Seconds that a node has run, or ran. */
export function nodeSeconds(node: LiveNode, now: number): number | undefined {
  if (node.startedAt === undefined) return undefined;
  return Math.max(0, (node.finishedAt ?? now) - node.startedAt) / 1000;
}

function headLine(state: LiveState, { style, width, now, message }: ViewContext): string {
  const look = lookOf(state.state === "created" || state.state === "queued" ? "started" : state.state, style);
  const glyph = isFinal(state.state) ? look.glyph : spinner(now);
  const number = state.number === undefined ? "" : ` #${state.number}`;
  const name = truncate(oneLine(state.name), Math.max(8, Math.floor(width / 2)));
  const seconds =
    state.startedAt === undefined
      ? ""
      : `  ${formatDuration(Math.max(0, (state.finishedAt ?? now) - state.startedAt) / 1000)}`;
  const left = textWidth(name) + number.length + seconds.length + 4;
  const rest = truncate(message ?? countsText(state), Math.max(0, width - left - 1));
  return `${look.paint(glyph)} ${style.bold(name)}${style.dim(number)}${seconds}  ${message === undefined ? style.dim(rest) : style.yellow(rest)}`.trimEnd();
}

interface Columns {
  readonly name: number;
  readonly number: number;
}

function columnsFor(nodes: readonly LiveNode[], width: number): Columns {
  return {
    name: Math.min(NAME_MAXIMUM, Math.max(8, width - 32), widest(nodes.map((node) => node.name))),
    number: widest(nodes.map(numberText)),
  };
}

function nodeLine(
  node: LiveNode,
  run: number | undefined,
  columns: Columns,
  { style, width, now }: ViewContext,
): string {
  const isPreparing = node.isPreparing && (node.state === "waiting" || node.state === "queued");
  const look = lookOf(node.reused ? "reused" : isPreparing ? "preparing" : node.state, style);
  const glyph = node.state === "started" ? spinner(now) : look.glyph;
  const name = pad(truncate(oneLine(node.name), columns.name, "middle"), columns.name);
  const seconds = nodeSeconds(node, now);
  const time = pad(seconds === undefined ? "" : formatDuration(seconds), 7, "right");
  const used = 2 + 2 + columns.name + 2 + columns.number + 1 + 7 + 2;
  const saying = truncate(oneLine(sayingOf(node, run, now)), Math.max(0, width - used - 1));
  const paintName = node.state === "waiting" || node.state === "skipped" ? style.dim : plain;
  const paintSaying = node.state === "error" ? style.red : style.dim;
  const number = style.dim(pad(numberText(node), columns.number));
  return `  ${look.paint(glyph)} ${paintName(name)}  ${number} ${time}  ${paintSaying(saying)}`.trimEnd();
}

/** The most useful thing to say about a node now. */
function sayingOf(node: LiveNode, run: number | undefined, now: number): string {
  const reason = node.reason === undefined ? undefined : reasonHead(node.reason);
  // The outputs are recorded; only a person's answer is missing.
  if (node.waitingFor?.kind === "approval" && node.waitingFor.moment === "end")
    return `${waitingText(node.waitingFor, now)}${answerHint(node.waitingFor, node.name, run)}`;
  if (node.state === "error") return reason ?? (node.exitCode === undefined ? "failed" : `exit code ${node.exitCode}`);
  if (node.state === "stopped" || node.state === "skipped") return reason ?? node.state;
  if (node.reused) return `reused  ${metricsText(node.metrics)}`.trimEnd();
  // Before the metrics: those of a failed attempt would hide that it failed.
  if (node.state === "waiting" && node.waitingFor !== undefined)
    return `${waitingText(node.waitingFor, now)}${answerHint(node.waitingFor, node.name, run)}${reason === undefined ? "" : ` (${reason})`}`;
  if (node.trials !== undefined) return trialsText(node.trials);
  const metrics = metricsText(node.metrics);
  if (node.state === "complete" || metrics !== "") return metrics;
  if (node.state === "stopping") return "stopping";
  return node.detail ?? (node.state === "queued" ? "queued" : "");
}

/** `12 complete, 4 running, 1 failed`: how far a task is. */
export function trialsText(trials: NonNullable<LiveNode["trials"]>): string {
  const count = (...states: readonly string[]): number =>
    trials.values().reduce((sum, { state }) => sum + (states.includes(state) ? 1 : 0), 0);
  const parts = [
    `${count("complete", "reused")} complete`,
    some(count("reused"), "of them reused"),
    some(count("started", "stopping"), "running"),
    some(count("queued"), "queued"),
    some(count("error"), "failed"),
    some(count("stopped"), "stopped"),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function numberText(node: LiveNode): string {
  return node.executionNumber === undefined ? "" : `#${node.executionNumber}`;
}

/** Too many nodes for the screen: what runs, what failed, then what waits, each in the plan's order. */
function mostTelling(nodes: readonly LiveNode[], room: number): LiveNode[] {
  const chosen = new Set<LiveNode>();
  for (const rank of [0, 1, 2, 3, 4]) {
    for (const node of rank === 4 ? nodes.toReversed() : nodes) {
      if (chosen.size >= room) break;
      if (rankOf(node) === rank) chosen.add(node);
    }
  }
  return nodes.filter((node) => chosen.has(node));
}

function rankOf(node: LiveNode): number {
  if (node.state === "started" || node.state === "stopping") return 0;
  if (node.state === "error") return 1;
  if (node.state === "queued") return 2;
  return isFinal(node.state) ? 4 : 3;
}

function some(count: number, word: string): string {
  return count === 0 ? "" : `${count} ${word}`;
}

function spinner(now: number): string {
  return SPINNER[Math.floor(now / SPINNER_MS) % SPINNER.length] ?? SPINNER[0];
}

function plain(text: string): string {
  return text;
}
