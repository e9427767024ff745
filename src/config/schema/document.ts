import * as z from "zod";
import { THIS_MACHINE } from "../this-machine.ts";
import { deploymentSchema, endpointSchema } from "./endpoint.ts";
import { projectSchema } from "./extensions.ts";
import { modelSchema } from "./model.ts";
import { pipelineSchema } from "./pipeline.ts";
import { stepSchema } from "./step.ts";
import { taskSchema } from "./task.ts";

/**
 * The kinds of items a configuration lists. In an entry with several kinds the first of this order counts, as Valohai
 * has it.
 */
export const ITEM_SCHEMAS = {
  step: stepSchema,
  endpoint: endpointSchema,
  pipeline: pipelineSchema,
  /** Older name of `pipeline`. */
  blueprint: pipelineSchema,
  task: taskSchema,
  deployment: deploymentSchema,
  model: modelSchema,
  project: projectSchema,
} as const;

export type ItemKind = keyof typeof ITEM_SCHEMAS;

export const ITEM_KINDS = Object.keys(ITEM_SCHEMAS) as readonly ItemKind[];

/** A null item is the out-dented form, whose keys stand beside it. */
const itemSchema = z
  .looseObject({
    step: z.union([stepSchema, z.null()]).optional(),
    endpoint: z.union([endpointSchema, z.null()]).optional(),
    pipeline: z.union([pipelineSchema, z.null()]).optional(),
    blueprint: z.union([pipelineSchema, z.null()]).optional(),
    task: z.union([taskSchema, z.null()]).optional(),
    deployment: z.union([deploymentSchema, z.null()]).optional(),
    model: z.union([modelSchema, z.null()]).optional(),
    project: z.union([projectSchema, z.null()]).optional(),
  })
  .meta({ id: "item", description: "One item: a step, task, endpoint, deployment, pipeline, model or project." });

const documentSchema = z.array(itemSchema).meta({
  title: "valohai.yaml, headrace.yaml",
  description: "Steps, pipelines, tasks, endpoints and deployments of a project, with Headrace's extensions.",
});

/** The JSON Schema (2020-12) of the format, made from the definitions that also check it. */
export function configJsonSchema(): object {
  return z.toJSONSchema(documentSchema, {
    target: "draft-2020-12",
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if ((zodSchema as unknown) === stepSchema) Object.assign(jsonSchema, unlessLocal(jsonSchema.required ?? []));
    },
  });
}

/** As items are checked (../items.ts): a step that runs on this machine, or that brings its Python, needs no image. */
function unlessLocal(required: readonly string[]): object {
  const isLocal = { properties: { environment: { const: THIS_MACHINE } }, required: ["environment"] };
  return {
    required: required.filter((key) => key !== "image"),
    anyOf: [{ required: ["image"] }, { required: ["python"] }, isLocal],
  };
}
