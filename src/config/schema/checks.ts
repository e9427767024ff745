import * as z from "zod";
import { boolean, integer, listOf, mapping, number, oneOf, text, textList, textOrTexts } from "./fields.ts";

/** The form of a suite's file and of the checks of a step. docs/checks.md describes both. */

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const limits = mapping("value-limits", "The values that are allowed.", {
  min: scalar.meta({ description: "The smallest." }).optional(),
  max: scalar.meta({ description: "The largest." }).optional(),
  above: scalar.meta({ description: "Only larger ones." }).optional(),
  below: scalar.meta({ description: "Only smaller ones." }).optional(),
  equals: scalar.meta({ description: "Only this one." }).optional(),
  change: z
    .number()
    .min(0)
    .meta({
      description:
        "In a step: the largest change since its last complete execution, as a share of the figure of then: 0.2 is a fifth.",
    })
    .optional(),
});

function figure(description: string) {
  return z.union([scalar, limits]).meta({ description });
}

const share = z.number().min(0).max(1);

const order = z.union([z.boolean(), z.literal("strictly")]);

const columnRules = mapping("column-rules", "What the values of a column are expected to be.", {
  type: textOrTexts("integer, number, text, boolean, date or timestamp; or some of them.").optional(),
  "not-null": z
    .union([z.boolean(), share])
    .meta({ description: "No value is missing; or this share is there at least." })
    .optional(),
  null: boolean("Every value is missing.").optional(),
  unique: boolean("No value is there twice.").optional(),
  min: scalar.meta({ description: "The smallest value that is allowed." }).optional(),
  max: scalar.meta({ description: "The largest value that is allowed." }).optional(),
  above: scalar.meta({ description: "Values have to be larger." }).optional(),
  below: scalar.meta({ description: "Values have to be smaller." }).optional(),
  in: listOf(scalar, "The values that are allowed.").optional(),
  "not-in": listOf(scalar, "Values that are not allowed.").optional(),
  contains: listOf(scalar, "Values that have to be there.").optional(),
  "most-common": listOf(scalar, "The most common value is one of these.").optional(),
  matches: textOrTexts("Regular expressions that match somewhere in each value.").optional(),
  "not-matches": textOrTexts("Regular expressions that match in no value.").optional(),
  length: figure("The number of characters.").optional(),
  format: oneOf(["email", "uuid", "url", "date", "timestamp", "json"], "What the texts hold.").optional(),
  "time-format": text("How times are written, e.g. %Y-%m-%d.").optional(),
  increasing: order.meta({ description: "No value is smaller than the one before; or each is larger." }).optional(),
  decreasing: order.meta({ description: "No value is larger than the one before; or each is smaller." }).optional(),
  "z-score": number("The largest distance from the mean, in standard deviations.").optional(),
  references: mapping("reference-to", "Each value is there in a column of another table.", {
    input: text(
      "In a step: the input that has the other table; without: the reference that the suite is run with.",
    ).optional(),
    column: text("The column of the other table; without: of the same name.").optional(),
  }).optional(),
  fresh: z
    .union([z.int(), z.string()])
    .meta({ description: "The greatest age of the newest value, e.g. 2d." })
    .optional(),
  mean: figure("The mean.").optional(),
  median: figure("The median.").optional(),
  stddev: figure("The standard deviation.").optional(),
  sum: figure("The sum.").optional(),
  minimum: figure("The smallest value that is there.").optional(),
  maximum: figure("The largest value that is there.").optional(),
  distinct: figure("The number of different values.").optional(),
  "distinct-share": figure("The number of different values, as a share of all that are there.").optional(),
  "null-share": figure("The share of values that are missing.").optional(),
  quantiles: z.record(z.string(), figure("The quantile.")).meta({ description: "Limits of quantiles." }).optional(),
  mostly: share.meta({ description: "The share of the values that has to keep the rules of values." }).optional(),
});

export type ColumnRules = z.infer<typeof columnRules>;

const tableRules = {
  rows: figure("The number of rows.").optional(),
  columns: z
    .record(z.string(), z.union([columnRules, z.array(columnRules)]))
    .meta({ description: "Rules of columns." })
    .optional(),
  schema: mapping("table-schema", "The columns of the table.", {
    columns: textList("Columns that have to be there."),
    others: boolean("Other columns are allowed.", true).optional(),
    ordered: boolean("They stand in this order.", false).optional(),
  }).optional(),
  unique: listOf(z.array(z.string()), "Columns whose values together are there once.").optional(),
  compare: textList("Columns compared, e.g. `start <= end`.").optional(),
  "row-conditions": textList("SQL conditions that hold for each row.").optional(),
  sql: textList("SQL queries that give true, or no row; the table is called `data`.").optional(),
  where: text("An SQL condition; other rows do not count.").optional(),
  mostly: share.meta({ description: "The share of the rows that has to keep the rules of rows." }).optional(),
};

const options = {
  "on-fail": oneOf(["error", "warn"], "What a broken rule means.", "error").optional(),
  description: text("Why it is expected.").optional(),
};

export const checkSchema = mapping("check", "What a table is expected to be.", { ...tableRules, ...options });

export type CheckForm = z.infer<typeof checkSchema>;

export const checkSuiteSchema = mapping("check-suite", "What a table is expected to be.", {
  checks: listOf(checkSchema, "What is expected."),
});

const drift = mapping("check-drift", "The table is held against another one, column by column.", {
  against: text(
    "`previous`: the same files of the step's last complete execution; else the name of another input of the step, or a URI.",
  ),
  share: share.meta({ description: "Drift of so many of the columns breaks it.", default: 0.3 }).optional(),
  columns: textList("The columns to compare; without: all that both tables have.").optional(),
});

const value = z.union([
  scalar,
  mapping("metadata-limits", "What a metadata value is expected to be.", {
    ...limits.shape,
    in: listOf(scalar, "The values that are allowed.").optional(),
  }),
]);

export const stepCheckSchema = mapping(
  "step-check",
  "What an input, an output or metadata of the step are expected to be.",
  {
    input: text("The input whose files are the table; checked before the step starts.").optional(),
    output: text("The output, by name or pattern, that is the table; checked after the step.").optional(),
    metadata: z
      .record(z.string(), value)
      .meta({ description: "Metadata keys, and what their last values are expected to be; checked after the step." })
      .optional(),
    files: text("Of an input: a pattern that its files have to match to count.").optional(),
    ...tableRules,
    drift: drift.optional(),
    examples: integer("So many rows that break a rule are kept with the result.").min(0).max(100).optional(),
    redact: textList("Columns whose values are kept nowhere.").optional(),
    ...options,
  },
);

export type StepCheckForm = z.infer<typeof stepCheckSchema>;
