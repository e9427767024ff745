import { z } from "zod";
import type { Json } from "./shape.ts";
import { count, number } from "./values.ts";

const run = number.describe("number of the run");
const runName = z.string().describe("of its step or pipeline");

const warning = z.object({
  kind: z.literal("warning"),
  node: z.string().exactOptional().describe("that it is about"),
  message: z.string().describe("in words"),
});
const progress = z.object({
  kind: z.literal("progress"),
  node: z.string().describe("that it is about"),
  message: z.string().describe("in words"),
});
const serving = z.object({
  kind: z.literal("serving"),
  engine: z.string().describe("its id"),
  slots: count.describe("how many steps it runs at a time"),
  pool: z.string().describe("where its files are"),
});
const runTaken = z.object({ kind: z.literal("run-taken"), run, name: runName });
const runEnded = z.object({ kind: z.literal("run-ended"), run, name: runName, state: z.string().describe("how it ended") });
const runLeft = z.object({ kind: z.literal("run-left"), run, name: runName, reason: z.string().describe("why, in words") });
const adopted = z.object({
  kind: z.literal("adopted"),
  execution: number.describe("number of the execution"),
  node: z.string().describe("its node"),
});

/** What a run says to a person that is no event. */
export const runNoticeSchema = z.discriminatedUnion("kind", [warning, progress]);
export type RunNotice = Json<typeof runNoticeSchema>;

/** What a process says that works for a project. */
export const serveNoticeSchema = z.discriminatedUnion("kind", [warning, progress, serving, runTaken, runEnded, runLeft, adopted]);
export type ServeNotice = Json<typeof serveNoticeSchema>;

/** A line of `headrace engine --json`. */
export const engineLineSchema = z
  .discriminatedUnion("kind", [
    ...serveNoticeSchema.options,
    z.object({ kind: z.literal("leaving"), signal: z.string().describe("that asked it to leave") }),
    z.object({ kind: z.literal("hangup") }),
    z.object({ kind: z.literal("ended") }),
  ])
  .meta({ id: "EngineLine", title: "A line of an engine" });
