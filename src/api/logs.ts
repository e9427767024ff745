import { z } from "zod";
import { type Json, shape } from "./shape.ts";
import { number, time } from "./values.ts";

const stream = z.enum(["stdout", "stderr"]);
const text = z.string().describe("without its line end; bytes that are no UTF-8 appear as U+FFFD");

export const logLineSchema = shape("LogLine", "A log line", {
  execution: number.describe("number of the execution"),
  node: z.string().describe("its node"),
  at: time.describe("when it was printed"),
  stream: stream.describe("where it was printed to"),
  text,
  continues: z.boolean().describe("a line longer than 64 KiB was cut and goes on in the next object"),
});
export type LogLine = Json<typeof logLineSchema>;

/** What a running execution printed since the last one of these. */
export const logBatchSchema = shape("LogBatch", "A batch of log lines", {
  lines: z.array(z.object({ stream, text, continues: z.boolean() })),
  unfinished: z
    .array(z.object({ stream, text }))
    .describe("how the line of each stream that has no end yet looks by now; empty where more lines are at hand"),
});
export type LogBatchView = Json<typeof logBatchSchema>;
