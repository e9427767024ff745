import type { EventRecord } from "../../store/index.ts";
import { actorText, formatClock, formatDuration, type LiveState, waitingText } from "../../views/index.ts";
import { reasonHead } from "../terminal/reason.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, pad } from "../terminal/width.ts";
import { answerHint } from "./answer-hint.ts";
import { countsText, nodeSeconds } from "./view.ts";

export interface PlainContext {
  /** Width of the column of node names. */
  readonly nodeWidth: number;
  readonly style: Style;
}

/**
 * Returns the text that a log file or a CI job gets of an event: one line, or nothing. `state` has the event taken in
 * already.
 */
export function plainLine(event: EventRecord, state: LiveState, context: PlainContext): string | undefined {
  const { body } = event;
  switch (body.kind) {
    case "run-created":
      return line(event.at, "", `run #${body.number} ${body.name}`, context);
    case "run-state":
      return body.state === "stopping" ? line(event.at, "", `stopping (${countsText(state)})`, context) : undefined;
    case "node-state":
      if (body.reused !== undefined) return line(event.at, body.node, `reused #${body.reused}`, context);
      if (body.waitingFor !== undefined) {
        const what = waitingText(body.waitingFor, event.at);
        return line(event.at, body.node, `${what}${answerHint(body.waitingFor, body.node, state.number)}`, context);
      }
      return body.state === "skipped"
        ? line(event.at, body.node, `skipped${because(body.reason)}`, context)
        : undefined;
    case "approval-decided":
      return line(event.at, body.node, decisionText(body, event.actor), context);
    case "execution-state":
      return executionLine(event.at, body, state, context);
    case "execution-progress":
      return line(event.at, body.node, body.message, context);
    case "warning":
      return line(event.at, body.node ?? "", `warning: ${body.message}`, context);
    case "trial-reused":
      return line(event.at, body.node, `trial ${body.trial} reused #${body.number}`, context);
    case "trials-added":
      return line(event.at, body.node, `${body.count} trials added`, context);
    case "execution-created":
    case "execution-metadata":
    case "datum-created":
    case "run-labelled":
    case "stop-requested":
      return undefined;
  }
}

/** Returns a message that is no event, in the same form as the events. */
export function plainNotice(at: number, message: string, context: PlainContext): string {
  return line(at, "", message, context);
}

type ExecutionStateEvent = Extract<EventRecord["body"], { readonly kind: "execution-state" }>;

function executionLine(
  at: number,
  body: ExecutionStateEvent,
  state: LiveState,
  context: PlainContext,
): string | undefined {
  if (body.state === "created" || body.state === "queued") return undefined;
  const node = state.nodes.get(body.node);
  if (body.trial !== undefined) return trialLine(at, { ...body, trial: body.trial }, state, context);
  const number = node?.executionNumber === undefined ? "" : ` (#${node.executionNumber})`;
  const seconds = node === undefined ? undefined : nodeSeconds(node, at);
  const took =
    seconds === undefined || body.state === "started" || body.state === "stopping"
      ? ""
      : ` after ${formatDuration(seconds)}`;
  const reason = body.state === "complete" ? "" : because(body.reason);
  return line(at, body.node, `${body.state}${number}${took}${reason}`, context);
}

/** Each trial of a task has a line when it ends, and none before. */
function trialLine(
  at: number,
  { node, trial, state: word, reason }: ExecutionStateEvent & { readonly trial: number },
  state: LiveState,
  context: PlainContext,
): string | undefined {
  if (word !== "complete" && word !== "error" && word !== "stopped") return undefined;
  const known = state.nodes.get(node)?.trials?.get(trial);
  const number = known === undefined ? "" : ` (#${known.executionNumber})`;
  return line(at, node, `trial ${trial} ${word}${number}${word === "complete" ? "" : because(reason)}`, context);
}

/** `approved by ada: numbers look right`. */
function decisionText(
  body: Extract<EventRecord["body"], { readonly kind: "approval-decided" }>,
  actor?: string,
): string {
  const who = actor === undefined ? "" : ` by ${actorText(actor)}`;
  return `${body.decision}${who}${body.comment === "" ? "" : `: ${body.comment}`}`;
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : `: ${reasonHead(reason)}`;
}

function line(at: number, node: string, text: string, { nodeWidth, style }: PlainContext): string {
  const name = nodeWidth === 0 ? "" : `${pad(oneLine(node), nodeWidth)}  `;
  return `${style.dim(formatClock(at))} ${name}${oneLine(text)}`.trimEnd();
}
