import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count } from "./values.ts";

export const driftFlavour = z.enum(["default", "evidently"]);

const share = z.number().min(0).max(1);

export const columnDriftSchema = shape("ColumnDrift", "The drift of a column", {
  name: z.string().describe("of the column"),
  kind: z.enum(["numeric", "categorical"]).describe("how it was compared"),
  verdict: z.enum(["drifted", "stable", "few"]).describe("`few`: a side has too few values, and nothing can be said"),
  scores: z
    .array(
      z.object({
        measure: z.string().describe("its name"),
        scale: z.enum(["p-value", "distance"]).describe("a p-value says drift when it is small"),
        score: z.number().nullable().describe("`null`: not defined for these values"),
        threshold: z.number().describe("from which it says drift"),
      }),
    )
    .describe("by measure"),
  referenceCount: count.describe("values of the reference"),
  currentCount: count.describe("values of the current table"),
  referenceMissing: count.describe("rows of the reference without a value"),
  currentMissing: count.describe("rows of the current table without a value"),
  bins: z
    .array(
      z.object({
        label: z.string().describe("the value, or the ends of the bin"),
        reference: share.describe("its share of the reference"),
        current: share.describe("its share of the current table"),
      }),
    )
    .describe("of numbers all bins of equal width, of other values the twelve most frequent"),
  quantiles: z
    .object({
      reference: z.array(z.number()).describe("of the reference"),
      current: z.array(z.number()).describe("of the current table"),
    })
    .nullable()
    .describe("of numbers: at 5, 25, 50, 75 and 95 %"),
});
export type ColumnDriftView = Json<typeof columnDriftSchema>;

/** The result of holding one table against another. */
export const driftSchema = shape("Drift", "A comparison of two tables", {
  reference: z
    .object({ path: z.string().describe("its file"), rows: count.describe("how many it has") })
    .describe("the earlier table"),
  current: z
    .object({ path: z.string().describe("its file"), rows: count.describe("how many it has") })
    .describe("the table of now"),
  flavour: driftFlavour.describe("how verdicts were found"),
  verdict: z
    .enum(["drifted", "stable", "few"])
    .describe("`drifted`: as many columns drifted as the limit says; `few`: no column has enough values"),
  driftedColumns: count.describe("how many"),
  comparedColumns: count.describe("how many have a verdict"),
  share: share.describe("the limit: the share of columns that makes the table drifted"),
  columns: z.array(columnDriftSchema).describe("those that drifted first, by distance"),
  skipped: z
    .array(z.object({ name: z.string().describe("of the column"), reason: z.string().describe("in words") }))
    .describe("columns that were not compared"),
  sampled: z.boolean().describe("a table has so many rows that a random million of them stand for all"),
});
export type DriftView = Json<typeof driftSchema>;
