import { z } from "zod";
import { type Json, shape } from "./shape.ts";
import { number, parameters, texts } from "./values.ts";

/** What would become of a node, were it run now. */
export const predictionSchema = shape("Prediction", "A prediction", {
  outcome: z.enum(["reuse", "run", "unknown"]).describe("what would become of the node"),
  execution: number.nullable().describe("the execution that would be reused"),
  text: z.string().describe("why, in words"),
});
export type Prediction = Json<typeof predictionSchema>;

export const plannedNodeSchema = shape("PlannedNode", "A planned node", {
  name: z.string().describe("of the node"),
  step: z.string().describe("the step that it runs"),
  command: z.array(z.string()).describe("as it would be run"),
  parameters: parameters.describe("by name"),
  inputs: z
    .record(z.string(), z.array(z.object({ from: z.string().describe("a URI, or an output of a node") })))
    .describe("by name: where their files come from"),
  environmentVariables: texts.describe("by name"),
  prediction: predictionSchema.exactOptional().describe("not there for `run --from`"),
});

/** What `run` would do. Values that only the run will bring stand as their socket in braces. */
export const planSchema = shape("Plan", "A plan", {
  nodes: z.array(plannedNodeSchema).describe("in an order that respects the edges"),
  warnings: z.array(z.string()).describe("what the run would warn of"),
});
export type PlanView = Json<typeof planSchema>;
