import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count } from "./values.ts";

export const tableColumnSchema = shape("TableColumn", "A column of a table", {
  name: z.string().describe("of the column"),
  type: z.string().describe("as DuckDB names it: `BIGINT`, `VARCHAR`, `TIMESTAMP` …"),
  kind: z.enum(["number", "time", "text", "other"]).describe("`other`: lists, records and bytes"),
  missing: count.describe("rows without a value"),
  distinct: count.nullable().describe("how many different values, some percent off where there are many"),
  min: z.string().nullable().describe("the least value, as a text"),
  max: z.string().nullable().describe("the greatest value, as a text"),
  mean: z.number().nullable().describe("of numbers"),
  deviation: z.number().nullable().describe("standard deviation of numbers"),
  quartiles: z.array(z.number()).describe("of numbers: at 25, 50 and 75 %"),
  bins: z
    .array(count)
    .describe("of numbers and times: values in parts of equal width between the least and the greatest"),
  top: z
    .array(z.object({ value: z.string().describe("as a text"), count: count.describe("how often it is there") }))
    .describe("the most frequent values, and how often each is there; none where nearly each is there once"),
});
export type TableColumnView = Json<typeof tableColumnSchema>;

export const tableSchema = shape("Table", "What is in a table", {
  rows: count.describe("how many it has; of a part, how many that has"),
  profiledRows: count.describe("the columns are described by the first so many"),
  columnCount: count.describe("how many it has"),
  columns: z.array(tableColumnSchema).describe("the first hundred"),
  first: z.array(z.array(z.string().nullable())).describe("the first rows: a text for each of these columns"),
  isPart: z.boolean().describe("the file is so large that only its beginning was looked at"),
});
export type TableView = Json<typeof tableSchema>;
