import type { EventBody } from "../events/event.ts";
import type { NodeState, RunState } from "../records.ts";
import { DocumentKind } from "./document-kind.ts";
import { anything, kinds, list, literal, number, object, optional, record, type Shape, text } from "./shape.ts";

const runState: Shape<RunState> = literal("created", "queued", "started", "stopping", "complete", "error", "stopped");
const nodeState: Shape<NodeState> = literal("waiting", "active", "complete", "error", "stopped", "skipped");
const ofExecution = { runId: text, executionId: text, node: text };

export const EVENT_BODY = new DocumentKind(
  "body of an event",
  kinds<EventBody>({
    "run-created": object({ runId: text, number, name: text }),
    "run-labelled": object({ runId: text, title: text, note: text, tags: list(text) }),
    "run-state": object({ runId: text, state: runState, reason: optional(text) }),
    "node-state": object({
      ...{ runId: text, node: text, state: nodeState, reason: optional(text), reused: optional(number), retryAt: optional(number) },
    }),
    "execution-created": object({ ...ofExecution, number, step: text }),
    "execution-state": object({ ...ofExecution, state: runState, reason: optional(text), exitCode: optional(number) }),
    "execution-detail": object({ ...ofExecution, detail: text }),
    "execution-metadata": object({ ...ofExecution, values: record(anything) }),
    "datum-created": object({ runId: text, executionId: text, datumId: text, name: text }),
    "stop-requested": object({ runId: text, executionId: optional(text), node: optional(text) }),
    "execution-progress": object({ ...ofExecution, message: text }),
    warning: object({ runId: text, executionId: optional(text), node: optional(text), message: text }),
  }),
);
