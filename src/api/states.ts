import * as z from "zod";

/**
 * States of runs and executions:
 *
 *     created ─► queued ─► started ─► complete
 *        │          │         ├─────► error
 *        │          │         ├► stopping ─► stopped   (or complete / error, where the step ended by itself first)
 *        └──────────┴─────────┴────────────► stopped
 */
export const runState = z
  .enum(["created", "queued", "started", "stopping", "complete", "error", "stopped"])
  .meta({ id: "State", title: "A state" });

/** A node has the state of its execution; before that it is `waiting`, and `skipped` where its turn never comes. */
export const nodeState = z
  .enum(["waiting", ...runState.options, "skipped"])
  .meta({ id: "NodeState", title: "A state of a node" });

/** Kinds of nodes of a plan; `deployment` … will be more. */
export const nodeKind = z.enum(["execution", "task"]);

/** The kinds of things that are run by name. */
export const runKind = z.enum(["step", "pipeline", "task"]);

export type RunState = z.output<typeof runState>;
export type NodeState = z.output<typeof nodeState>;

/** A node's own states; `active` once it has an execution that has not ended. */
export const nodeListState = z.enum(["waiting", "active", "complete", "error", "stopped", "skipped"]);
