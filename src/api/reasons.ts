import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { number } from "./values.ts";

export const whyReason = z.enum([
  "reused",
  "first-time",
  "forced",
  "reproduction",
  "interactive",
  "taken",
  "off",
  "task",
  "changed",
  "code-changed",
  "outputs-gone",
  "inputs-unavailable",
  "not-begun",
  "not-recorded",
]);
export type WhyReason = z.output<typeof whyReason>;

export const whyChangeSchema = shape("Change", "A change", {
  kind: z
    .enum([
      "code-file",
      "input-file",
      "input-properties",
      "input",
      "parameter",
      "command",
      "environment-variable",
      "requirements-file",
      "python",
      "image",
      "place",
      "surroundings",
      "surroundings-unknown",
      "setting",
    ])
    .describe("what differs; `surroundings` is what the step sees of the machine"),
  name: z.string().describe("of the file, parameter, variable …"),
  before: z.unknown().describe("the value then; `null` where there was none"),
  after: z.unknown().describe("the value now"),
  text: z.string().describe("in words"),
  diff: z
    .array(z.string())
    .nullable()
    .describe("of changed texts, where one node was asked for: the lines of a unified diff"),
});
export type WhyChange = Json<typeof whyChangeSchema>;

export const whySchema = shape("Reason", "A reason", {
  run: number.describe("number of the run"),
  node: z.string().describe("the node that it is about"),
  trial: number.nullable().describe("of a task: which of its trials, where it is about one"),
  step: z.string().describe("its step"),
  outcome: z.enum(["reused", "ran", "skipped", "waiting"]).describe("what became of the node"),
  execution: number.nullable().describe("the execution whose results the node has"),
  comparedWith: number.nullable().describe("the earlier execution that it was compared with"),
  reason: whyReason.describe(
    "`forced`: by `--fresh`; `interactive`: by `run --interactive`; `taken`: the equal execution is the result of another node of the run; `off`: the file says so; `task`: it has many executions, each with a reason of its own",
  ),
  text: z.string().describe("the reason in words, one line"),
  code: z.string().nullable().describe("which code counted, in words"),
  notes: z
    .array(z.string())
    .describe("what reuse cannot know, such as packages that the command installs without a version"),
  changes: z.array(whyChangeSchema).describe("what differs from `comparedWith`, the most telling first"),
});
export type WhyView = Json<typeof whySchema>;
