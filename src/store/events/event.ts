import type { EventBody } from "../../api/index.ts";
import type { Actor } from "./actor.ts";

export type { EventBody };
export type EventKind = EventBody["kind"];

/** The subject of an event, or of an entry of the audit log. */
export interface Subject {
  /** `run`, `execution`, `project` … */
  readonly kind: string;
  readonly id: string;
}

export interface EventRecord {
  /** Grows in the order of commits within a project. */
  readonly id: number;
  readonly at: number;
  /** The project's id. */
  readonly project: string;
  /** The one who asked for it; absent if it follows from something else. */
  readonly actor?: Actor;
  readonly subject: Subject;
  readonly body: EventBody;
  /** Version of the body's shape. */
  readonly v: number;
}

/** Returns the execution that the event names, if it names one; else the run. */
export function subjectOf(body: EventBody): Subject {
  return "executionId" in body && body.executionId !== undefined
    ? { kind: "execution", id: body.executionId }
    : { kind: "run", id: body.runId };
}
