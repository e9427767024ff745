import { z } from "zod";

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
export const nodeState = z.enum(["waiting", ...runState.options, "skipped"]).meta({ id: "NodeState", title: "A state of a node" });

export type RunState = z.output<typeof runState>;
export type NodeState = z.output<typeof nodeState>;
