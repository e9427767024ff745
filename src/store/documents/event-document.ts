import type { EventBody } from "../events/event.ts";
import type { ApprovalMoment, NodeState, RunState, WaitingFor } from "../records.ts";
import { DocumentKind, type Upgrade } from "./document-kind.ts";
import { anything, kinds, list, literal, number, object, optional, record, type Shape, text } from "./shape.ts";

const runState: Shape<RunState> = literal("created", "queued", "started", "stopping", "complete", "error", "stopped");
const nodeState: Shape<NodeState> = literal("waiting", "active", "complete", "error", "stopped", "skipped");
const ofExecution = { runId: text, executionId: text, node: text };

const moment: Shape<ApprovalMoment> = literal("start", "end");
const waitingFor = kinds<WaitingFor>({
  retry: object({ attempt: optional(number), at: number }),
  approval: object({
    moment,
    since: number,
    timeout: optional(object({ at: number, decision: literal("approved", "rejected") })),
  }),
});

/** Version 2: approvals; version 3: those at the end of a node. */
export const WAITING_FOR = new DocumentKind("what a node waits for", waitingFor, [
  (former) => former,
  ofApprovals(atStart),
]);

export const EVENT_BODY = new DocumentKind(
  "body of an event",
  kinds<EventBody>({
    "run-created": object({ runId: text, number, name: text }),
    "run-labelled": object({ runId: text, title: text, note: text, tags: list(text) }),
    "run-state": object({ runId: text, state: runState, reason: optional(text) }),
    "node-state": object({
      ...{
        runId: text,
        node: text,
        state: nodeState,
        reason: optional(text),
        reused: optional(number),
        waitingFor: optional(waitingFor),
      },
    }),
    "approval-decided": object({
      runId: text,
      node: text,
      moment,
      decision: literal("approved", "rejected"),
      comment: text,
    }),
    "execution-created": object({ ...ofExecution, number, step: text, trial: optional(number) }),
    "execution-state": object({
      ...{
        ...ofExecution,
        state: runState,
        reason: optional(text),
        exitCode: optional(number),
        trial: optional(number),
      },
    }),
    "trial-reused": object({ ...ofExecution, number, trial: number }),
    "trials-added": object({ runId: text, node: text, count: number }),
    "execution-metadata": object({ ...ofExecution, values: record(anything) }),
    "datum-created": object({ runId: text, executionId: text, datumId: text, name: text }),
    "stop-requested": object({ runId: text, executionId: optional(text), node: optional(text) }),
    "execution-progress": object({ runId: text, executionId: optional(text), node: text, message: text }),
    warning: object({ runId: text, executionId: optional(text), node: optional(text), message: text }),
  }),
  // Version 3: decisions on approvals; version 4: those at the end of a node.
  [withWaitingFor, (former) => former, eventAtStart],
);

/** Before, a person was asked at the start of a node alone. */
function atStart(approval: object): unknown {
  return { ...approval, moment: "start" };
}

function ofApprovals(upgrade: (approval: object) => unknown): Upgrade {
  return (former) =>
    typeof former === "object" && former !== null && "kind" in former && former.kind === "approval"
      ? upgrade(former)
      : former;
}

function eventAtStart(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !("kind" in body)) return body;
  if (body.kind === "approval-decided") return atStart(body);
  return "waitingFor" in body ? { ...body, waitingFor: ofApprovals(atStart)(body.waitingFor) } : body;
}

/** In version 1 a node could wait for another attempt alone, and `retryAt` said until when. */
function withWaitingFor(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !("retryAt" in body)) return body;
  const { retryAt, ...rest } = body;
  return { ...rest, waitingFor: { kind: "retry", at: retryAt } };
}
