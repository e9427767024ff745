import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count, time } from "./values.ts";

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
  previous: z.number().nullable().describe("of a step's check of a change: the figure of its last complete execution"),
  drift: z
    .array(
      z.object({
        column: z.string().describe("its name"),
        verdict: z.string().describe("`drifted`, `stable`, or `few` where there are too few values"),
        measure: z.string().describe("the measure of the score"),
        score: z.number().nullable().describe("how far it has moved; `null`: not known"),
      }),
    )
    .nullable()
    .describe("of a step's check of drift: the columns that were compared"),
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

/** The results of the checks of a step that was executed. */
export const stepChecksSchema = shape("StepChecks", "The checks of an execution", {
  at: time.describe("when the last of them was made"),
  verdict: z.enum(["passed", "warned", "failed"]).describe("`warned`: only rules that warn are broken"),
  passed: count.describe("how many checks passed"),
  warned: count.describe("how many that warn are broken"),
  failed: count.describe("how many others are broken"),
  subjects: z
    .array(
      z.object({
        kind: z.enum(["input", "output", "metadata"]).describe("of what it is"),
        name: z.string().describe("of the input; of outputs, as the check names them; empty for metadata"),
        files: z.array(z.string()).describe("the files of the table"),
        rows: count.nullable().describe("how many the table has; `null`: it could not be read, or is metadata"),
        checks: z.array(checkResultSchema).describe("in the order of the file"),
      }),
    )
    .describe("each table, in the order in which they were checked"),
});
export type StepChecksView = Json<typeof stepChecksSchema>;

/** The same with the execution that it is of. */
export const checksOfExecutionSchema = shape("ChecksOfExecution", "The checks of an execution, by its number", {
  kind: z.literal("step-checks").describe("in place of `checks`"),
  execution: count.describe("its number"),
  checks: stepChecksSchema.nullable().describe("`null`: its step has no checks, or none was made"),
});
export type ChecksOfExecutionView = Json<typeof checksOfExecutionSchema>;

/** A draft of a suite. */
export const checkSuggestionSchema = shape("CheckSuggestion", "A draft of checks", {
  kind: z.literal("suggestion").describe("in place of `checks`"),
  files: z.array(z.string()).describe("the files of the table that it was made from"),
  rows: count.describe("how many the table has"),
  suite: z.string().describe("YAML, with comments that say from what each rule was made"),
});
export type CheckSuggestionView = Json<typeof checkSuggestionSchema>;

export const checksAnswerSchema = z
  .discriminatedUnion("kind", [checksSchema, checkSuggestionSchema, checksOfExecutionSchema])
  .meta({ id: "ChecksAnswer", title: "Checks or a draft of them" });
