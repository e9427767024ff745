import { z } from "zod";
import { executionSchema } from "./executions.ts";
import { type Json, shape } from "./shape.ts";
import { nodeState, runState } from "./states.ts";
import { count, number, parameters, seconds, time } from "./values.ts";

const times = {
  createdAt: time.describe("when it was recorded"),
  startedAt: time.nullable().describe("when its first step began"),
  finishedAt: time.nullable().describe("when it ended"),
  durationS: seconds.nullable().describe("from start to end, in seconds"),
};

export const runSchema = shape("Run", "A run", {
  number: number.describe("names it in the project; runs and executions share one counter"),
  id: z.string().describe("names it everywhere"),
  kind: z.enum(["step", "pipeline"]).describe("what was run"),
  name: z.string().describe("of the step or pipeline"),
  state: runState.describe("where it stands"),
  reason: z.string().nullable().describe("why it ended so, in words"),
  title: z.string().nullable().describe("what somebody called it"),
  note: z.string().nullable().describe("what somebody wrote on it"),
  tags: z.array(z.string()).describe("labels"),
  commit: z.string().describe("the code: a git commit, or `~` and the SHA-256 of a snapshot of the working tree"),
  ...times,
});
export type RunView = Json<typeof runSchema>;

export const attemptSchema = shape("Attempt", "An earlier attempt", {
  number: number.describe("of the execution"),
  attempt: number.describe("counted from 1"),
  state: runState.describe("how it ended"),
  reason: z.string().nullable().describe("why it ended so"),
});
export type AttemptView = Json<typeof attemptSchema>;

export const nodeSchema = shape("Node", "A node", {
  name: z.string().describe("of the node"),
  step: z.string().describe("the step that it runs"),
  state: nodeState.describe("where it stands"),
  reason: z.string().nullable().describe("why it ended so, or was skipped"),
  dependsOn: z.array(z.string()).describe("nodes that it waits for"),
  reused: z.boolean().describe("`execution` is one of an earlier run, whose results stand in for this node's"),
  attempts: number.describe("how many it may have in all"),
  retryAt: time.nullable().describe("the earliest time of the next attempt, while the node waits for it"),
  earlierAttempts: z.array(attemptSchema).describe("failed attempts before `execution`, in order"),
  execution: executionSchema.nullable().describe("the last attempt; `null` until the node's turn comes"),
});
export type NodeView = Json<typeof nodeSchema>;

export const runDetailSchema = shape("RunWithNodes", "A run with its nodes", {
  ...runSchema.shape,
  parameters: parameters.describe("of the pipeline or step, by name"),
  nodes: z.array(nodeSchema).describe("in an order that respects the edges"),
});
export type RunDetailView = Json<typeof runDetailSchema>;

export const runRowSchema = shape("RunRow", "A row of a list", {
  ...runSchema.shape,
  nodes: z
    .object({ total: count.describe("how many nodes it has"), ended: count.describe("how many of them have ended") })
    .nullable()
    .describe("how far the run is; `null` where rows are executions"),
  allReused: z.boolean().describe("nothing ran: all results are those of earlier runs"),
  execution: z
    .object({
      number: number.describe("of the execution"),
      node: z.string().describe("its node"),
      reused: z.boolean().describe("it is one of an earlier run"),
    })
    .nullable()
    .describe("the execution that the row is about, with `--executions`"),
  values: z
    .record(z.string(), z.unknown())
    .describe("parameters and metadata by name: those that `--columns`, `--sort` and `--where` name"),
});
export type RunRowView = Json<typeof runRowSchema>;

export const recordedRunSchema = shape("RecordedRun", "A recorded run", {
  ...runSchema.shape,
  warnings: z.array(z.string()).describe("what a run without `--json` shows"),
});

export const endedRunSchema = shape("EndedRun", "A run that was followed to its end", {
  ...runDetailSchema.shape,
  warnings: z.array(z.string()).describe("what a run without `--json` shows"),
});
