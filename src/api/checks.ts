import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count } from "./values.ts";

const cell = z.unknown();

export const checkResultSchema = shape("CheckResult", "The result of a check", {
  subject: z.string().nullable().describe("the column, or columns, that it is about; `null`: the table"),
  expected: z.string().describe("what is expected, in words"),
  severity: z.enum(["error", "warn"]).describe("what a broken rule means"),
  outcome: z
    .enum(["passed", "failed", "error"])
    .describe("`error`: it cannot be told, e.g. since a column is not there; counts as failed"),
  observed: cell.describe("of a rule about a figure: the figure; `null`: there is none"),
  rows: count.nullable().describe("of a rule for each row: the rows that counted"),
  bad: count.nullable().describe("the rows, or values, that break it"),
  examples: z
    .array(
      z.object({
        row: count.describe("its number, from 1"),
        values: z.record(z.string(), cell).describe("of the columns that the rule is about"),
      }),
    )
    .describe("some rows that break it"),
  error: z.string().nullable().describe("why it cannot be told"),
  description: z.string().nullable().describe("why it is expected, in the suite's words"),
});
export type CheckResultView = Json<typeof checkResultSchema>;

/** The result of holding a table against a suite. */
export const checksSchema = shape("Checks", "The checks of a table", {
  kind: z.literal("checks").describe("in place of `suggestion`"),
  suite: z.string().describe("its file"),
  files: z.array(z.string()).describe("the files of the table"),
  rows: count.describe("how many the table has"),
  verdict: z.enum(["passed", "warned", "failed"]).describe("`warned`: only rules that warn are broken"),
  passed: count.describe("how many checks passed"),
  warned: count.describe("how many that warn are broken"),
  failed: count.describe("how many others are broken"),
  checks: z.array(checkResultSchema).describe("in the order of the suite"),
  skipped: z
    .array(z.object({ name: z.string().describe("of the expectation"), reason: z.string().describe("why") }))
    .describe("expectations of another tool's suite that have no equal here; nothing is known of them"),
});
export type ChecksView = Json<typeof checksSchema>;

/** A draft of a suite. */
export const checkSuggestionSchema = shape("CheckSuggestion", "A draft of checks", {
  kind: z.literal("suggestion").describe("in place of `checks`"),
  files: z.array(z.string()).describe("the files of the table that it was made from"),
  rows: count.describe("how many the table has"),
  suite: z.string().describe("YAML, with comments that say from what each rule was made"),
});
export type CheckSuggestionView = Json<typeof checkSuggestionSchema>;

export const checksAnswerSchema = z
  .discriminatedUnion("kind", [checksSchema, checkSuggestionSchema])
  .meta({ id: "ChecksAnswer", title: "Checks or a draft of them" });
