import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { nodeState, runState } from "./states.ts";
import { count, number, parameters, seconds, time } from "./values.ts";

export const sweepMethod = z.enum(["grid", "random", "manual", "tpe", "sobol", "distributed"]);

const goals = z.array(z.string()).describe("what it looks for, such as `max:auc`; the first decides which is best");

const forEach = z
  .string()
  .nullable()
  .describe("`file of INPUT` or `value of PARAMETER`, of which each execution gets one; `null` if there is none");

/** A task before it runs. */
export const plannedTaskSchema = shape("PlannedTask", "A planned task", {
  name: z.string().nullable().describe("of the task in the file; `null` where a node or a command varies a step"),
  method: sweepMethod.describe("how values are chosen; `tpe` is the Bayesian search"),
  forEach,
  executions: count
    .nullable()
    .describe("how many it has at most; `null` where an edge brings values yet to be counted"),
  parallel: count.nullable().describe("how many at a time; `null`: as many as the run allows"),
  varies: z.record(z.string(), z.string()).describe("by parameter: its values, in words"),
  goals,
});
export type PlannedTaskView = Json<typeof plannedTaskSchema>;

/** The parameters that a request varies, and how. */
export const sweepRequestSchema = z.object({
  parameters: z.array(
    z.object({
      name: z.string().describe("of the parameter"),
      values: z.string().describe("`2,4,8`, `0.1..0.9`, `1e-4..1e-1:log` or `0..1:0.25`"),
    }),
  ),
  forEach: z
    .string()
    .exactOptional()
    .describe("an input or parameter: one execution for each of its files, or of its values"),
  method: z
    .enum(["grid_search", "random_search", "manual_search", "bayesian_tpe", "quasi_random"])
    .exactOptional()
    .describe("unless set: all combinations of lists, else a Bayesian search where there is a goal"),
  trials: number.exactOptional().describe("how many executions"),
  goals: z.array(z.string()).exactOptional().describe("`max:METRIC` or `min:METRIC`; the first decides which is best"),
  seed: z.int().exactOptional().describe("another seed makes other suggestions"),
  parallel: number.exactOptional().describe("how many executions at a time"),
});

const outcome = z.enum(["waiting", "running", "complete", "pruned", "failed", "stopped"]);

/** One execution of a task, or several where it was tried again: the last. */
export const trialSchema = shape("Trial", "A trial", {
  trial: number.describe("counted from 1"),
  execution: number.describe("number of its execution, the last where it was tried again"),
  executionId: z.string().describe("id of that execution"),
  state: runState.describe("of that execution"),
  outcome: outcome.describe("`pruned`: stopped for doing worse than others"),
  reason: z.string().nullable().describe("why it ended so"),
  attempt: count.describe("counted from 1"),
  reused: z.boolean().describe("it is an execution of an earlier run"),
  values: parameters.describe("of the parameters that are varied"),
  file: z.string().nullable().describe("the file of `for-each` that it has; `null` where each has all files"),
  metrics: z.record(z.string(), z.number().nullable()).describe("by goal; `null` where there is no number"),
  problem: z.string().nullable().describe("why it has no place among the others, such as a metric that is no number"),
  rank: count.nullable().describe("place among those that are complete, the best is 1; `null` where it has none"),
  isBest: z.boolean().describe("no other is better in all goals"),
  startedAt: time.nullable().describe("when its step began"),
  finishedAt: time.nullable().describe("when it ended"),
  durationS: seconds.nullable().describe("from start to end, in seconds"),
});
export type TrialView = Json<typeof trialSchema>;

const counts = {
  planned: count.nullable().describe("how many trials there are at most; `null` until it is known"),
  complete: count.describe("trials that are complete"),
  running: count.describe("trials that wait or run"),
  pruned: count.describe("trials that were stopped for doing worse than others"),
  failed: count.describe("trials that failed"),
  stopped: count.describe("trials that somebody stopped"),
};

const bestTrial = z.object({
  trial: number.describe("which trial"),
  execution: number.describe("number of its execution"),
  metric: z.string().describe("the first goal's"),
  value: z.number().describe("of that metric"),
});

export const taskSummarySchema = shape("TaskSummary", "A summary of a task", {
  method: sweepMethod.describe("how values are chosen"),
  forEach,
  goals,
  ...counts,
  best: bestTrial.nullable().describe("the best trial so far"),
});
export type TaskSummaryView = Json<typeof taskSummarySchema>;

const importance = z.object({
  parameter: z.string().describe("that is varied"),
  share: z
    .number()
    .nullable()
    .describe("of the variance of the first goal that its values explain; `null` where too few trials tell"),
});

export const taskSchema = shape("Task", "A task", {
  run: number.describe("of which it is a node"),
  node: z.string().describe("its name"),
  step: z.string().describe("the step that it executes"),
  state: nodeState.describe("where it stands"),
  reason: z.string().nullable().describe("why it ended so"),
  ...taskSummarySchema.shape,
  parameters: z.array(z.string()).describe("names of those that are varied"),
  importance: z.array(importance).describe("of each parameter, the greatest first"),
  notes: z.array(z.string()).describe("what to know of it, in words"),
  trials: z.array(trialSchema).describe("in their order"),
});
export type TaskView = Json<typeof taskSchema>;

/** More trials for a task that goes on. */
export const moreTrialsSchema = z.object({ count: number.describe("how many more executions it may have") });
export type MoreTrials = Json<typeof moreTrialsSchema>;
