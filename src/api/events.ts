import { z } from "zod";
import type { Json } from "./shape.ts";
import { runState } from "./states.ts";
import { number, values } from "./values.ts";

const runId = z.string().describe("id of the run");
const executionId = z.string().describe("id of the execution");
const node = z.string().describe("its node");
const reason = z.string().exactOptional().describe("why, in words");

/** What happens to runs, their nodes and executions. */
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
    state: z.enum(["waiting", "active", "complete", "error", "stopped", "skipped"]).describe("from now on; `active`: it has an execution"),
    reason,
    reused: number.exactOptional().describe("number of the earlier execution whose results it has"),
    retryAt: z.number().exactOptional().describe("it waits for another attempt, until then at least (ms since 1970)"),
  }),
  z.object({
    kind: z.literal("execution-created"),
    runId,
    executionId,
    number: number.describe("of the execution"),
    node,
    step: z.string().describe("its step"),
  }),
  z.object({
    kind: z.literal("execution-state"),
    runId,
    executionId,
    node,
    state: runState.describe("from now on"),
    reason,
    exitCode: z.int().exactOptional().describe("of its process"),
  }),
  z.object({ kind: z.literal("execution-detail"), runId, executionId, node, detail: z.string().describe("what is done, in words") }),
  z.object({ kind: z.literal("execution-metadata"), runId, executionId, node, values: values.describe("the newest values") }),
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

/** What is worth saying of a step while it is prepared and runs. Whoever writes them writes seldom: each is a commit. */
const stepEvents = [
  z.object({ kind: z.literal("execution-progress"), runId, executionId, node, message: z.string().describe("what is done, in words") }),
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
export type StepEvent = Extract<EventBody, { readonly kind: (typeof stepEvents)[number]["shape"]["kind"]["value"] }>;
