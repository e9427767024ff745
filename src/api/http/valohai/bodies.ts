import * as z from "zod";
import { parameterValue } from "../../values.ts";

const MANY = 10_000;

const uris = z.union([z.array(z.string()).max(MANY), z.string().transform((uri) => [uri])]);
const variables = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const runtime = z.record(z.string(), z.unknown()).describe("settings of Kubernetes and of debugging are not used here");

const forRun = {
  environment: z.string().nullable().optional().describe("slug, name, or a part of one"),
  image: z.string().nullable().optional().describe("in place of the step's"),
  priority: z.number().int().nullable().optional().describe("not used here: steps run in their order"),
  runtime_config: runtime.optional(),
  runtime_config_preset: z.string().nullable().optional().describe("not used here"),
  environment_variables: variables.optional().describe("by name"),
};

/** The body that `vh execution run` sends. */
export const newExecution = z.strictObject({
  project: z.string().describe("id or name of the project"),
  commit: z.string().describe("a git commit, or what an upload is called"),
  step: z.string().describe("name of the step"),
  title: z.string().max(1_000).optional(),
  tags: z.array(z.string()).max(MANY).default([]),
  parameters: z.record(z.string(), parameterValue).default({}).describe("`null`: as the step says"),
  inputs: z.record(z.string(), uris).default({}).describe("addresses of files by the name of the input"),
  environment_variable_groups: z.array(z.string()).optional(),
  time_limit: z.number().int().positive().nullable().optional().describe("in seconds"),
  ...forRun,
});
export type NewExecutionBody = z.output<typeof newExecution>;

/** The body that `vh task run` sends: a task with its parameters and rules spelled out. */
export const newTask = z.strictObject({
  project: z.string().describe("id or name of the project"),
  commit: z.string().describe("a git commit, or what an upload is called"),
  step: z.string().describe("name of the step"),
  type: z.string().optional().describe("`grid_search` unless said"),
  title: z.string().max(1_000).optional(),
  tags: z.array(z.string()).max(MANY).default([]),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("by name: a value, or `{style, rules}` of one that is varied"),
  inputs: z.record(z.string(), uris).default({}).describe("addresses of files by the name of the input"),
  configuration: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("`execution_count`, `optimization_target_metric` …"),
  maximum_queued_executions: z.number().int().positive().nullable().optional(),
  on_child_error: z.string().nullable().optional(),
  task_stop_expression: z.string().optional(),
  allow_reuse: z.boolean().default(false).describe("results of earlier executions may stand in"),
  environment_variable_groups: z.array(z.string()).optional(),
  ...forRun,
});
export type NewTaskBody = z.output<typeof newTask>;

const template = z.looseObject({
  commit: z.string().optional(),
  step: z.string(),
  name: z.string().optional(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  inputs: z.record(z.string(), z.union([uris, z.null()])).default({}),
  "environment-variables": variables.optional(),
  ...forRun,
});
export type NodeTemplate = z.output<typeof template>;

const node = z.looseObject({
  name: z.string().describe("of the node"),
  type: z.string().describe("`execution`, `task` or `mimic`; others are told to be unknown here"),
  source: z.string().max(1_000).optional().describe("of a `mimic`: id of the earlier node whose results it has"),
  template: template.optional(),
  actions: z.array(z.unknown()).optional(),
  "on-error": z.string().optional(),
  "edge-merge-mode": z.string().optional(),
});
export type NewPipelineNode = z.output<typeof node>;

const edge = z.looseObject({
  source_node: z.string(),
  source_type: z.string(),
  source_key: z.string(),
  target_node: z.string(),
  target_type: z.string(),
  target_key: z.string(),
  configuration: z.record(z.string(), z.unknown()).optional(),
});

const pipelineParameter = z.looseObject({
  config: z.looseObject({ targets: z.union([z.array(z.string()), z.string()]).optional() }),
  expression: z.unknown(),
});

/** The body that `vh pipeline run` sends: a pipeline with every node spelled out. */
export const newPipeline = z.strictObject({
  project: z.string().describe("id or name of the project"),
  title: z.string().max(1_000).default("pipeline"),
  tags: z.array(z.string()).max(MANY).default([]),
  nodes: z.array(node).min(1).max(100_000),
  edges: z.array(edge).max(1_000_000).default([]),
  parameters: z.record(z.string(), pipelineParameter).default({}),
  reuse_executions: z.boolean().default(false).describe("results of earlier runs may stand in"),
});
export type NewPipelineBody = z.output<typeof newPipeline>;
