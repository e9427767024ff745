import type { EventBody } from "../../api/index.ts";
import type { Actor } from "./actor.ts";

export type { EventBody };
export type EventKind = EventBody["kind"];

/** What an event, or an entry of the audit log, is about. */
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
  /** Who wanted it; absent for what follows from something else. */
  readonly actor?: Actor;
  readonly subject: Subject;
  readonly body: EventBody;
  /** Version of the body's shape. */
  readonly v: number;
}

/** Of what happens in a run, the execution is the subject where there is one. */
export function subjectOf(body: EventBody): Subject {
  return "executionId" in body && body.executionId !== undefined
    ? { kind: "execution", id: body.executionId }
    : { kind: "run", id: body.runId };
}
