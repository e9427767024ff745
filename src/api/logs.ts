import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count, number, time } from "./values.ts";

const stream = z.enum(["stdout", "stderr"]);
const at = time.describe("when it was printed");
const text = z.string().describe("without its line end; bytes that are no UTF-8 appear as U+FFFD");

export const logLineSchema = shape("LogLine", "A log line", {
  execution: number.describe("number of the execution"),
  node: z.string().describe("its node"),
  at,
  stream: stream.describe("where it was printed to"),
  text,
  continues: z.boolean().describe("a line longer than 64 KiB was cut and goes on in the next object"),
});
export type LogLine = Json<typeof logLineSchema>;

const next = z.string().describe("asks for what follows, as `from`");

/** Lines of a log; `next` asks for what comes after these, also where they are the last by now. */
export const logPartSchema = shape("LogPart", "A part of a log", {
  lines: z.array(logLineSchema).describe("in the order in which they came"),
  next,
});
export type LogPartView = Json<typeof logPartSchema>;

/** The lines that a running execution printed since the last one of these. */
export const logBatchSchema = shape("LogBatch", "A batch of log lines", {
  lines: z.array(z.object({ stream, text, at, continues: z.boolean() })),
  unfinished: z
    .array(z.object({ stream, text }))
    .describe("how the line of each stream that has no end yet looks by now; empty where more lines are at hand"),
  next,
});
export type LogBatchView = Json<typeof logBatchSchema>;

/** Lines by their numbers. */
export const logWindowSchema = shape("LogWindow", "Lines of a log by their numbers", {
  first: count.describe("number of the first of these lines; the first line of a log has 0"),
  lines: z
    .array(z.object({ stream, text, at, continues: z.boolean() }))
    .describe("fewer than asked for where they are long, or the log ends"),
  count: count.describe("how many lines the log has so far; a line longer than 64 KiB counts by its pieces"),
  isWhole: z.boolean().describe("no line comes any more"),
  firstError: count.nullable().describe("number of the line at which the first error is told; `null` where none is"),
  groups: z
    .array(
      z.object({
        first: count.describe("number of the line `::group::TITLE`"),
        last: count.nullable().describe("number of its last line; `null` while it goes on"),
      }),
    )
    .describe("the parts under a heading, up to 1,000, of all lines so far"),
  next: z.string().describe("follows what comes after these lines, as `from`"),
});
export type LogWindowView = Json<typeof logWindowSchema>;

export const logHitsSchema = shape("LogHits", "Lines of a log that have a text in them", {
  hits: z.array(count).describe("numbers of the lines, the first one first"),
  next: count.nullable().describe("the line to go on from, as `first`; `null` where all lines were looked at"),
  count: count.describe("how many lines the log has so far"),
});
export type LogHitsView = Json<typeof logHitsSchema>;
