import * as z from "zod";
import { ERROR_CODES, type ErrorCode } from "../errors.ts";
import { adviceSchema } from "./advice.ts";
import { type Json, shape } from "./shape.ts";

const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

export const errorSchema = shape("Error", "An error", {
  error: z
    .object({
      code: z.enum(codes).meta({ title: "code", description: "one of the [catalogue](errors.md)" }),
      message: z.string().describe("what happened"),
      hint: z.string().nullable().describe("what to do about it"),
      advice: adviceSchema.describe("the hint in parts: texts, and what can be done; empty where there is no hint"),
      details: z.array(z.string()).describe("further lines, such as one for each problem of a configuration"),
      stack: z.string().exactOptional().describe("where it was thrown, with `--debug`"),
    })
    .describe("what went wrong"),
});
export type ErrorView = Json<typeof errorSchema>;
