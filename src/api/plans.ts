import * as z from "zod";
import { groupSchema } from "./runs.ts";
import { type Json, shape } from "./shape.ts";
import { nodeKind, runKind } from "./states.ts";
import { plannedTaskSchema, sweepRequestSchema } from "./tasks.ts";
import { number, parameters, texts } from "./values.ts";

/** The prediction for a node, were it run now. */
export const predictionSchema = shape("Prediction", "A prediction", {
  outcome: z.enum(["reuse", "run", "unknown"]).describe("what would become of the node"),
  execution: number.nullable().describe("the execution that would be reused"),
  text: z.string().describe("why, in words"),
});
export type Prediction = Json<typeof predictionSchema>;

const valueSource = z.object({
  parameter: z.string().describe("of this node"),
  node: z.string().describe("that brings the value"),
  kind: z.enum(["parameter", "metadata"]).describe("what it is there"),
  key: z.string().describe("its name there"),
});

const fileSource = z.object({
  from: z.string().describe("a URI, or an output of a node"),
  kind: z.enum(["uri", "given", "output", "input"]).describe("`given`: files of an earlier execution"),
  node: z.string().exactOptional().describe("whose files they are, with `output` and `input`"),
  pattern: z.string().exactOptional().describe("which of its files"),
});

export const plannedNodeSchema = shape("PlannedNode", "A planned node", {
  name: z.string().describe("of the node"),
  kind: nodeKind.describe("what it does"),
  step: z.string().describe("the step that it runs"),
  group: z.string().nullable().describe("the group that it is a part of"),
  commit: z.string().nullable().describe("the version of the code that the node names; null: the run's"),
  command: z.array(z.string()).describe("as it would be run"),
  parameters: parameters.describe("by name"),
  parametersFrom: z.array(valueSource).describe("parameters whose values other nodes bring"),
  inputs: z.record(z.string(), z.array(fileSource)).describe("by name: where their files come from"),
  environmentVariables: texts.describe("by name"),
  secretVariables: z.array(z.string()).describe("names of the secrets that it gets besides"),
  environment: z.string().describe("where it would run"),
  dependsOn: z.array(z.string()).describe("nodes that it waits for"),
  task: plannedTaskSchema.nullable().describe("of a task: what it varies"),
  prediction: predictionSchema.exactOptional().describe("not there for `run --from`"),
});

/** The plan of what `run` would do. Values that only the run will bring stand as their socket in braces. */
export const planSchema = shape("Plan", "A plan", {
  kind: runKind.describe("what would be run"),
  name: z.string().describe("of the step, pipeline or task"),
  nodes: z.array(plannedNodeSchema).describe("in an order that respects the edges"),
  groups: z.array(groupSchema).describe("nodes that run pipelines, whose nodes name them"),
  outputs: z
    .array(
      z.object({
        name: z.string().describe("in the pipeline"),
        source: z.string().describe("the result of a node, such as `train.output.*.pkl`"),
      }),
    )
    .describe("results that the pipeline names"),
  title: z.string().nullable().describe("that the pipeline gives the run"),
  tags: z.array(z.string()).describe("that the pipeline gives the run"),
  warnings: z.array(z.string()).describe("what the run would warn of"),
});
export type PlanView = Json<typeof planSchema>;

/** A plan that waits to be started; `id` names it for a while. */
export const plannedSchema = z.object({ id: z.string().describe("names the plan"), ...planSchema.shape });
export type PlannedView = Json<typeof plannedSchema>;

/** The predictions for the nodes of a plan. */
export const foresightSchema = z.object({
  predictions: z
    .array(predictionSchema)
    .nullable()
    .describe("in the order of the plan; `null` for a plan on an earlier execution"),
  warnings: z.array(z.string()).describe("what the run would warn of"),
});
export type ForesightView = Json<typeof foresightSchema>;

const assignment = {
  node: z.string().exactOptional().describe("of a pipeline, whose parameter or input is meant"),
  name: z.string().describe("of the parameter or input"),
};

/** The request of somebody who wants to run something. */
export const planRequestSchema = z.object({
  target: z.string().describe("the name of a step, a pipeline or a task"),
  kind: runKind.exactOptional().describe("where several have this name"),
  parameters: z.array(
    z.object({ ...assignment, values: z.array(z.string()).describe("as texts; several are a list") }),
  ),
  inputs: z.array(z.object({ ...assignment, uris: z.array(z.string()).describe("of its files") })),
  environmentVariables: texts.describe("by name"),
  environment: z.string().exactOptional().describe("for all nodes: slug, name, or a part of one"),
  commit: z.string().exactOptional().describe("a branch, a tag or a commit; else the code at hand"),
  fresh: z
    .union([z.literal(true), z.array(z.string())])
    .exactOptional()
    .describe("nodes that run even where an earlier result could be used; `true`: all"),
  sweep: sweepRequestSchema.exactOptional().describe("many executions of the step or task, with varied parameters"),
  from: z
    .object({
      ref: z.string().describe("an earlier run or execution, whose inputs and parameters the step gets"),
      downstream: z.boolean().describe("also what follows the step in its pipeline"),
    })
    .exactOptional(),
});
export type PlanRequest = Json<typeof planRequestSchema>;

/** The facts that are recorded with a run that is started. */
export const startRequestSchema = z.object({
  title: z.string().exactOptional().describe("what the run is called"),
  tags: z.array(z.string()).exactOptional().describe("labels"),
  jobs: number.exactOptional().describe("how many steps run at a time"),
});
export type StartRequest = Json<typeof startRequestSchema>;
