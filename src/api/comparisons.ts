import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { runState } from "./states.ts";
import { number, scalar, seconds, sha256, time } from "./values.ts";

export const comparisonSectionSchema = shape("ComparisonSection", "A section of a comparison", {
  title: z
    .enum(["facts", "parameters", "metadata", "inputs", "outputs", "code", "environment"])
    .describe("what the rows are"),
  node: z.string().nullable().describe("the node that it is about; `null` for a run as a whole"),
  rows: z
    .array(
      z.object({
        name: z.string().describe("of the fact; in `command`, values of parameters stand as `{}`"),
        values: z.array(scalar).describe("one for each subject; of files their SHA-256"),
        differs: z.boolean().describe("the values are not all equal"),
        change: z
          .string()
          .exactOptional()
          .describe(
            "how the contents of a file differ, in words, where two subjects are compared and its kind is known",
          ),
      }),
    )
    .describe("a row for each fact"),
});
export type ComparisonSection = Json<typeof comparisonSectionSchema>;

export const comparisonSchema = shape("Comparison", "A comparison", {
  subjects: z
    .array(
      z.object({
        number: number.describe("of the run or execution"),
        kind: z.enum(["run", "execution"]).describe("what it is"),
        name: z.string().describe("of the step or pipeline, or the node"),
        state: runState.describe("where it stands"),
        createdAt: time.describe("when it was recorded"),
        durationS: seconds.nullable().describe("from start to end, in seconds"),
      }),
    )
    .describe("what was compared"),
  missing: z
    .array(
      z.object({
        node: z.string().describe("its name"),
        subjects: z.array(number).describe("numbers of the runs that lack it"),
      }),
    )
    .describe("nodes that some of the runs lack, or have not executed"),
  sections: z.array(comparisonSectionSchema).describe("what was compared of them"),
});
export type ComparisonView = Json<typeof comparisonSchema>;

/** The facts about the subjects as a whole stand on the first page; each page has some of their nodes. */
export const comparisonPageSchema = comparisonSchema.extend({
  next: z.string().nullable().describe("what asks for the next nodes; `null` at the end"),
});
export type ComparisonPageView = Json<typeof comparisonPageSchema>;

/** Compares the outputs of a run that was executed once more with the recorded ones. */
export const reproductionSchema = shape("Reproduction", "A reproduction", {
  original: number.describe("the run or execution that was executed once more"),
  run: number.describe("the new run"),
  state: runState.describe("of the new run"),
  equal: z.boolean().describe("every node ended as it had, with the same files"),
  nodes: z
    .array(
      z.object({
        node: z.string().describe("its name"),
        original: number.nullable().describe("the recorded execution"),
        execution: number.nullable().describe("the new one"),
        originalState: z.string().describe("how it ended then"),
        state: z.string().describe("how it ended now"),
        files: z
          .array(
            z.object({
              name: z.string().describe("of the output"),
              verdict: z
                .enum(["equal", "different", "missing", "new"])
                .describe("`missing`: made then and not now; `new`: the reverse"),
              originalSha256: sha256.nullable().describe("of the content then"),
              sha256: sha256.nullable().describe("of the content now"),
            }),
          )
          .describe("every output of both"),
      }),
    )
    .describe("every node"),
});
export type ReproductionView = Json<typeof reproductionSchema>;
