import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { runState } from "./states.ts";
import { number, sha256Field, sizeBytes, time } from "./values.ts";

const generation = z
  .int()
  .describe("how many executions away from the start, which has 0; negative towards the sources");

const lineageFile = z.object({
  kind: z.literal("file"),
  id: z.string().describe("of the file: `datum://ID` names it"),
  name: z.string().describe("path below the outputs, or the name of a fetched file"),
  sizeBytes,
  sha256: sha256Field,
  source: z
    .string()
    .nullable()
    .describe("where it was fetched from, without credentials; `null` for one that an execution made"),
  createdAt: time.describe("when it was stored"),
  generation,
});

const lineageExecution = z.object({
  kind: z.literal("execution"),
  id: z.string().describe("of the execution"),
  number: number.describe("of the execution"),
  run: number.describe("number of its run"),
  runName: z.string().describe("of the step or pipeline that was run"),
  node: z.string().describe("its node"),
  step: z.string().describe("its step"),
  state: runState.describe("where it stands"),
  commit: z.string().describe("the version of the code"),
  createdAt: time.describe("when it was recorded"),
  generation,
});

const lineageNode = z.discriminatedUnion("kind", [lineageFile, lineageExecution]);
export type LineageNode = Json<typeof lineageNode>;

export const lineageSchema = shape("Lineage", "A lineage", {
  start: z.array(z.string()).describe("ids of the files or executions that it was asked of"),
  nodes: z.array(lineageNode).describe("the start, what it was made of and what was made of it; sources first"),
  edges: z
    .array(
      z.object({
        from: z.string().describe("id of a node: of the file that was received, or the execution that made"),
        to: z.string().describe("id of a node: of the execution that received, or the file that was made"),
        input: z.string().nullable().describe("the input that received the file; `null` for a file that was made"),
      }),
    )
    .describe("the ways of the data"),
  truncated: z.boolean().describe("there is more than `depth` and `limit` let in"),
});
export type LineageView = Json<typeof lineageSchema>;

/** The start of a lineage query: files, an execution or a run; exactly one of them. */
export const lineageQuerySchema = z.object({
  datum: z.array(z.string()).max(1_000).exactOptional().describe("ids of stored files"),
  execution: z.string().exactOptional().describe("an execution: its number, or `number.node`"),
  run: z.string().exactOptional().describe("a run: the executions behind its nodes"),
  direction: z
    .enum(["up", "down", "both"])
    .exactOptional()
    .describe("`up`: to the sources; `down`: to what was made of it; both where it is absent"),
  depth: z.int().nonnegative().max(10_000).exactOptional().describe("so many executions away at most; absent: all"),
  limit: z.int().positive().max(10_000).exactOptional().describe("so many nodes at most; absent: 1,000"),
});
export type LineageQuery = Json<typeof lineageQuerySchema>;
