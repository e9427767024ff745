import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count, number, time, values } from "./values.ts";

const extreme = z.object({ value: z.number().describe("the number"), x: z.number().describe("where on the axis") });
export type MetricExtremeView = Json<typeof extreme>;

/**
 * One key of one execution over time. Numbers count; other values are counted and shown, and have no least or greatest.
 */
export const metricSeriesSchema = shape("Metric", "A metric over time", {
  execution: number.describe("number of the execution that printed it"),
  node: z.string().describe("its node"),
  key: z.string().describe("of the metadata"),
  axis: z
    .string()
    .nullable()
    .describe("the key that counts the points (`epoch`, `step` …); `null` where their position does"),
  count: count.describe("how many points have the key"),
  first: z.unknown().describe("the first value"),
  last: z.unknown().describe("the last value"),
  min: extreme.nullable().describe("the least finite number; `null` where there is none"),
  max: extreme.nullable().describe("the greatest finite number"),
  points: z
    .array(
      z.object({
        x: z.number().describe("the value of `axis` in the same line, or the position from 0"),
        at: time.describe("when it was printed"),
        value: z.unknown().describe("the value"),
        smoothed: z
          .number()
          .exactOptional()
          .describe("with `smoothing`: the moving average up to it, of a finite number"),
      }),
    )
    .exactOptional()
    .describe("there where keys were asked for"),
});
export type MetricSeriesView = Json<typeof metricSeriesSchema>;

export const metricPointSchema = shape("MetricPoint", "A point of metadata", {
  execution: number.describe("number of the execution that printed it"),
  node: z.string().describe("its node"),
  index: count.describe("position among the points of the execution, from 0"),
  at: time.describe("when it was printed"),
  values: values.describe("all keys of that line"),
});
export type MetricPointView = Json<typeof metricPointSchema>;
