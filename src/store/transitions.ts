import type { FinalState, NodeState, RunState } from "./records.ts";
import { RefusedWrite } from "./refused-write.ts";

/**
 * The states that may follow each state; the diagram stands at `RunState`. A final state has no successor. Staying in a
 * state is no transition: the store takes it as a repeated request and changes nothing (a final state cannot be
 * repeated).
 */
export const EXECUTION_TRANSITIONS: Readonly<Record<RunState, readonly RunState[]>> = {
  created: ["queued", "stopped"],
  queued: ["started", "stopped"],
  started: ["stopping", "complete", "error", "stopped"],
  stopping: ["complete", "error", "stopped"],
  complete: [],
  error: [],
  stopped: [],
};

/** A run may start without a queue: the process that records it executes it. */
export const RUN_TRANSITIONS: Readonly<Record<RunState, readonly RunState[]>> = {
  ...EXECUTION_TRANSITIONS,
  created: ["queued", "started", "stopped"],
};

/** Each state of a node comes from one other; nothing follows a final state or `skipped`. */
export const NODE_PREDECESSOR = {
  active: "waiting",
  skipped: "waiting",
  complete: "active",
  error: "active",
  stopped: "active",
} as const satisfies Readonly<Record<Exclude<NodeState, "waiting">, NodeState>>;

export function isFinal(state: RunState): state is FinalState {
  return EXECUTION_TRANSITIONS[state].length === 0;
}

/** Throws RefusedWrite unless `to` may follow `from`; `thing` is what the message names, e.g. “execution 12”. */
export function requireTransition(
  table: Readonly<Record<RunState, readonly RunState[]>>,
  thing: string,
  from: RunState,
  to: RunState,
): void {
  if (table[from].includes(to)) return;
  if (isFinal(from)) {
    throw new RefusedWrite(
      "ended",
      `${thing} has ended already (${from}) and cannot become ${to}`,
      "read its record again; another process has finished it",
    );
  }
  throw new RefusedWrite(
    "lost",
    `${thing} is ${from} and cannot become ${to}`,
    "read its record again; another process has changed it",
  );
}
