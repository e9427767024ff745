import type { EventRecord } from "../../store/index.ts";
import { formatClock, formatDuration, type LiveState } from "../../views/index.ts";
import { reasonHead } from "../terminal/reason.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, pad } from "../terminal/width.ts";
import { countsText, nodeSeconds } from "./view.ts";

export interface PlainContext {
  /** Width of the column of node names. */
  readonly nodeWidth: number;
  readonly style: Style;
}

/** What a log file or a CI job gets of an event: one line, or nothing. `state` has the event taken in already. */
export function plainLine(event: EventRecord, state: LiveState, context: PlainContext): string | undefined {
  const { body } = event;
  switch (body.kind) {
    case "run-created":
      return line(event.at, "", `run #${body.number} ${body.name}`, context);
    case "run-state":
      return body.state === "stopping" ? line(event.at, "", `stopping (${countsText(state)})`, context) : undefined;
    case "node-state":
      if (body.reused !== undefined) return line(event.at, body.node, `reused #${body.reused}`, context);
      if (body.retryAt !== undefined) return line(event.at, body.node, `is tried again in ${formatWait(body.retryAt - event.at)}`, context);
      return body.state === "skipped" ? line(event.at, body.node, `skipped${because(body.reason)}`, context) : undefined;
    case "execution-state":
      return executionLine(event.at, body, state, context);
    case "execution-detail":
      return line(event.at, body.node, body.detail, context);
    case "execution-progress":
      return line(event.at, body.node, body.message, context);
    case "warning":
      return line(event.at, body.node ?? "", `warning: ${body.message}`, context);
    case "execution-created":
    case "execution-metadata":
    case "datum-created":
    case "run-labelled":
    case "stop-requested":
      return undefined;
  }
}

function formatWait(waitMs: number): string {
  return waitMs <= 0 ? "a moment" : formatDuration(waitMs / 1000);
}

/** A notice in the same form as the events. */
export function plainNotice(at: number, node: string | undefined, message: string, context: PlainContext): string {
  return line(at, node ?? "", message, context);
}

type ExecutionStateEvent = Extract<EventRecord["body"], { readonly kind: "execution-state" }>;

function executionLine(at: number, body: ExecutionStateEvent, state: LiveState, context: PlainContext): string | undefined {
  if (body.state === "created" || body.state === "queued") return undefined;
  const node = state.nodes.get(body.node);
  const number = node?.executionNumber === undefined ? "" : ` (#${node.executionNumber})`;
  const seconds = node === undefined ? undefined : nodeSeconds(node, at);
  const took = seconds === undefined || body.state === "started" || body.state === "stopping" ? "" : ` after ${formatDuration(seconds)}`;
  const reason = body.state === "complete" ? "" : because(body.reason);
  return line(at, body.node, `${body.state}${number}${took}${reason}`, context);
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : `: ${reasonHead(reason)}`;
}

function line(at: number, node: string, text: string, { nodeWidth, style }: PlainContext): string {
  const name = nodeWidth === 0 ? "" : `${pad(oneLine(node), nodeWidth)}  `;
  return `${style.dim(formatClock(at))} ${name}${oneLine(text)}`.trimEnd();
}
