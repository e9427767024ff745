import * as z from "zod";
import type { Json } from "./shape.ts";
import { runState } from "./states.ts";
import { number, values } from "./values.ts";
import { approvalMoment, waitingForSchema } from "./waiting.ts";

const runId = z.string().describe("id of the run");
const executionId = z.string().describe("id of the execution");
const node = z.string().describe("its node");
const trial = number.exactOptional().describe("of a task: which of its trials it is");
const reason = z.string().exactOptional().describe("why, in words");

/** The events of runs, their nodes and executions. */
const runEvents = [
  z.object({
    kind: z.literal("run-created"),
    runId,
    number: number.describe("of the run"),
    name: z.string().describe("of its step or pipeline"),
  }),
  z.object({
    kind: z.literal("run-labelled"),
    runId,
    title: z.string().describe("as it is now; empty where there is none"),
    note: z.string().describe("as it is now"),
    tags: z.array(z.string()).describe("as they are now"),
  }),
  z.object({ kind: z.literal("run-state"), runId, state: runState.describe("from now on"), reason }),
  z.object({
    kind: z.literal("node-state"),
    runId,
    node: z.string().describe("its name"),
    state: z
      .enum(["waiting", "active", "complete", "error", "stopped", "skipped"])
      .describe("from now on; `active`: it has an execution"),
    reason,
    reused: number.exactOptional().describe("number of the earlier execution whose results it has"),
    waitingFor: waitingForSchema.exactOptional().describe("what it waits for, where its turn has come"),
  }),
  z.object({
    kind: z.literal("approval-decided"),
    runId,
    node: z.string().describe("that waited for it"),
    moment: approvalMoment,
    decision: z.enum(["approved", "rejected"]).describe("what was decided"),
    comment: z.string().describe("why; may be empty"),
  }),
  z.object({
    kind: z.literal("execution-created"),
    runId,
    executionId,
    number: number.describe("of the execution"),
    node,
    step: z.string().describe("its step"),
    trial,
  }),
  z.object({
    kind: z.literal("trial-reused"),
    runId,
    executionId,
    number: number.describe("of the earlier execution, which stands for a trial of a task"),
    node,
    trial: number.describe("which trial"),
  }),
  z.object({
    kind: z.literal("trials-added"),
    runId,
    node: z.string().describe("the task"),
    count: number.describe("how many more executions it may have"),
  }),
  z.object({
    kind: z.literal("execution-state"),
    runId,
    executionId,
    node,
    trial,
    state: runState.describe("from now on"),
    reason,
    exitCode: z.int().exactOptional().describe("of its process"),
  }),
  z.object({
    kind: z.literal("execution-metadata"),
    runId,
    executionId,
    node,
    values: values.describe("the newest values"),
  }),
  z.object({
    kind: z.literal("datum-created"),
    runId,
    executionId,
    datumId: z.string().describe("id of the file"),
    name: z.string().describe("of the file"),
  }),
  z.object({
    kind: z.literal("stop-requested"),
    runId,
    executionId: executionId.exactOptional(),
    node: node.exactOptional(),
  }),
] as const;

/** Events worth saying of a step while it is prepared and runs. They are to be written seldom: each is a commit. */
const stepEvents = [
  z.object({
    kind: z.literal("execution-progress"),
    runId,
    executionId: executionId.exactOptional().describe("absent before the node has one"),
    node,
    message: z.string().describe("what is done, in words"),
  }),
  z.object({
    kind: z.literal("warning"),
    runId,
    executionId: executionId.exactOptional(),
    node: node.exactOptional(),
    message: z.string().describe("in words"),
  }),
] as const;

/** Everything that happens, joined from what happens in each room, in the order of its happening. */
export const eventBodySchema = z.discriminatedUnion("kind", [...runEvents, ...stepEvents]);
export type EventBody = Json<typeof eventBodySchema>;
