import * as z from "zod";
import { executionSchema } from "./executions.ts";
import { datumSchema } from "./files.ts";
import { pageOf } from "./page.ts";
import { type Json, shape } from "./shape.ts";
import { nodeKind, nodeState, runKind, runState } from "./states.ts";
import { taskSummarySchema } from "./tasks.ts";
import { actor, count, number, parameters, seconds, time } from "./values.ts";
import { waitingForViewSchema } from "./waiting.ts";

const times = {
  createdAt: time.describe("when it was recorded"),
  startedAt: time.nullable().describe("when its first step began"),
  finishedAt: time.nullable().describe("when it ended"),
  durationS: seconds.nullable().describe("from start to end, in seconds"),
};

export const runSchema = shape("Run", "A run", {
  number: number.describe("names it in the project; runs and executions share one counter"),
  id: z.string().describe("names it everywhere"),
  kind: runKind.describe("what was run"),
  name: z.string().describe("of the step, pipeline or task"),
  state: runState.describe("where it stands"),
  reason: z.string().nullable().describe("why it ended so, in words"),
  title: z.string().nullable().describe("what somebody called it"),
  note: z.string().nullable().describe("what somebody wrote on it"),
  tags: z.array(z.string()).describe("labels"),
  startedBy: actor.nullable().describe("who started it; `null` in records of early versions"),
  stoppedBy: actor.nullable().describe("who asked it to stop, by `stop` or Ctrl-C"),
  commit: z.string().describe("the code: a git commit, or `~` and the SHA-256 of a snapshot of the working tree"),
  ...times,
});
export type RunView = Json<typeof runSchema>;

export const groupSchema = shape("NodeGroup", "A group of nodes", {
  name: z.string().describe("of the node that runs a pipeline; `eu.clean` is one within `eu`"),
  pipeline: z.string().describe("that it runs: its nodes are `NAME.NODE`"),
  commit: z.string().nullable().describe("the version of the code that the node names; `null`: the run's"),
  parent: z.string().nullable().describe("the group around it"),
});
export type GroupView = Json<typeof groupSchema>;

export const namedOutputSchema = shape("NamedOutput", "A named output of a run", {
  name: z.string().describe("in the pipeline"),
  description: z.string().nullable().describe("what it is"),
  node: z.string().describe("that makes it"),
  source: z.string().describe("what it is of that node, such as `train.output.*.pkl`"),
  kind: z.enum(["output", "metadata"]).describe("files, or the last value of a metric"),
  files: z.array(datumSchema).describe("the first 100 of its files; none until the node is complete"),
  fileCount: count.describe("how many files it has"),
  value: z.unknown().describe("of metadata: the value; `null` until there is one"),
});
export type NamedOutputView = Json<typeof namedOutputSchema>;

export const attemptSchema = shape("Attempt", "An earlier attempt", {
  number: number.describe("of the execution"),
  attempt: number.describe("counted from 1"),
  state: runState.describe("how it ended"),
  reason: z.string().nullable().describe("why it ended so"),
});
export type AttemptView = Json<typeof attemptSchema>;

export const nodeSchema = shape("Node", "A node", {
  name: z.string().describe("of the node"),
  kind: nodeKind.describe("what it does"),
  step: z.string().describe("the step that it runs"),
  group: z.string().nullable().describe("the group that it is a part of"),
  state: nodeState.describe("where it stands"),
  reason: z.string().nullable().describe("why it ended so, or was skipped"),
  dependsOn: z.array(z.string()).describe("nodes that it waits for"),
  reused: z.boolean().describe("`execution` is one of an earlier run, whose results stand in for this node's"),
  attempts: number.describe("how many it may have in all"),
  waitingFor: waitingForViewSchema.nullable().describe("what it waits for once its turn has come"),
  earlierAttempts: z.array(attemptSchema).describe("failed attempts before `execution`, in order"),
  execution: executionSchema
    .nullable()
    .describe("the last attempt; `null` until the node's turn comes, and for a task, which has many"),
  task: taskSummarySchema.nullable().describe("of a task: how far it is"),
});
export type NodeView = Json<typeof nodeSchema>;

/** A run by itself: its nodes are a list of their own, which may be long. */
export const runRecordSchema = z.object({
  ...runSchema.shape,
  parameters: parameters.describe("of the pipeline or step, by name"),
  groups: z.array(groupSchema).describe("nodes that run pipelines, whose nodes name them"),
  outputs: z.array(namedOutputSchema).describe("results that the pipeline names"),
  warnings: z.array(z.string()).describe("of the run itself; those of its executions stand with them"),
});
export type RunRecordView = Json<typeof runRecordSchema>;

export const runDetailSchema = shape("RunWithNodes", "A run with its nodes", {
  ...runSchema.shape,
  parameters: parameters.describe("of the pipeline or step, by name"),
  groups: z.array(groupSchema).describe("nodes that run pipelines, whose nodes name them"),
  outputs: z.array(namedOutputSchema).describe("results that the pipeline names"),
  warnings: z.array(z.string()).describe("of the run, and of its executions after the name of the node: `NODE: …`"),
  nodes: z.array(nodeSchema).describe("in an order that respects the edges"),
});
export type RunDetailView = Json<typeof runDetailSchema>;

const rowValues = z
  .record(z.string(), z.unknown())
  .describe("parameters and metadata by name: those that `--columns`, `--sort` and `--where` name");

export const runRowSchema = shape("RunRow", "A row of a list of runs", {
  ...runSchema.shape,
  nodes: z
    .object({ total: count.describe("how many nodes it has"), ended: count.describe("how many of them have ended") })
    .describe("how far the run is"),
  approvals: count.describe("how many of its nodes wait for an approval now"),
  allReused: z.boolean().describe("nothing ran: all results are those of earlier runs"),
  values: rowValues,
});
export type RunRowView = Json<typeof runRowSchema>;

export const executionRowSchema = shape("ExecutionRow", "A row of a list of executions", {
  ...executionSchema.shape,
  runName: z.string().describe("the step or pipeline that was run"),
  values: rowValues,
});
export type ExecutionRowView = Json<typeof executionRowSchema>;

const listFacts = {
  columns: z.array(z.string()).describe("names of the values in each row, in their order"),
  unknownNames: z.array(z.string()).describe("names that were asked for and that no row has a value for"),
  knownNames: z.array(z.string()).describe("names that there are, where some name is unknown"),
};
export const runListSchema = z.object({ ...pageOf(runRowSchema).shape, ...listFacts });
export type RunListView = Json<typeof runListSchema>;
export const executionListSchema = z.object({ ...pageOf(executionRowSchema).shape, ...listFacts });
export type ExecutionListView = Json<typeof executionListSchema>;

export const recordedRunSchema = shape("RecordedRun", "A recorded run", {
  ...runSchema.shape,
  execution: number
    .nullable()
    .describe("number of its execution, of a step that runs in any case; `null` where none is sure to come"),
  warnings: z.array(z.string()).describe("what was worth a warning so far"),
});
export type RecordedRunView = Json<typeof recordedRunSchema>;

/**
 * The labels that people write on a run. A label that is absent stays as it is; an empty text takes the title or the
 * note away.
 */
export const labelsSchema = z.object({
  title: z.string().exactOptional(),
  note: z.string().exactOptional(),
  addTags: z.array(z.string()).exactOptional(),
  removeTags: z.array(z.string()).exactOptional(),
});
export type RunLabels = Json<typeof labelsSchema>;
