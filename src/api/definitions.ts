import * as z from "zod";
import { type Json, shape } from "./shape.ts";
import { count, parameterValue, scalar, seconds, texts, values } from "./values.ts";
import { approvalMoment } from "./waiting.ts";

const item = z.string().describe("its name");
const description = z.string().exactOptional().describe("what it is for");

const inputSchema = shape("InputDefinition", "An input of a step", {
  name: item,
  default: z.array(z.string()).describe("URIs"),
  optional: z.boolean().describe("the step runs without it"),
  description,
  keepDirectories: z.enum(["none", "full", "suffix"]).describe("which folders of a URI the file keeps"),
  filename: z.string().exactOptional().describe("what the file is called"),
  download: z.enum(["always", "on-demand"]).describe("when it is fetched"),
});

const parameterSchema = shape("StepParameter", "A parameter of a step", {
  name: item,
  type: z.enum(["string", "integer", "float", "flag"]).describe("of its value"),
  default: parameterValue.exactOptional().describe("the value where none is given"),
  defaultTexts: z
    .array(z.string())
    .exactOptional()
    .describe("how the default is printed, where its type does not tell: `1.0`"),
  optional: z.boolean().describe("the step runs without it"),
  description,
  category: z.string().exactOptional().describe("groups it in a form"),
  min: z.number().exactOptional().describe("the least value"),
  max: z.number().exactOptional().describe("the greatest value"),
  choices: z.array(scalar).exactOptional().describe("the values that it may have"),
  multiple: z.enum(["none", "repeat", "separate"]).describe("how several values stand in the command"),
  multipleSeparator: z.string().describe("between several values"),
  passAs: z.string().exactOptional().describe("how it stands in the command"),
  passTrueAs: z.string().exactOptional().describe("how `true` stands there"),
  passFalseAs: z.string().exactOptional().describe("how `false` stands there"),
  widget: z
    .object({ type: z.string().describe("its kind"), settings: values.describe("its own") })
    .exactOptional()
    .describe("how a form asks for it"),
});

const variableSchema = shape("StepVariable", "A variable of a step", {
  name: item,
  default: z.string().exactOptional().describe("the value where none is given"),
  description,
  optional: z.boolean().describe("the step runs without it"),
});

const mountSchema = shape("StepMount", "A mount of a step", {
  source: z.string().describe("on the machine"),
  destination: z.string().describe("in the container"),
  readonly: z.boolean().describe("the step cannot write there"),
  type: z.string().exactOptional().describe("of the mount"),
  options: values.describe("of the mount"),
});

const limits = z
  .object({ min: z.number().exactOptional().describe("at least"), max: z.number().exactOptional().describe("at most") })
  .exactOptional();

export const stepSchema = shape("Step", "A step", {
  name: item,
  image: z.string().describe("of its container"),
  command: z.array(z.string()).describe("as written, values not filled in"),
  description,
  category: z.string().exactOptional().describe("groups it in a list"),
  icon: z.string().exactOptional().describe("its picture"),
  environment: z.string().exactOptional().describe("where it runs"),
  runtimeConfigPreset: z.string().exactOptional().describe("a preset of the cluster"),
  environmentVariables: z.array(variableSchema).describe("that it gets"),
  environmentVariableGroups: z.array(z.string()).describe("that it gets"),
  inputs: z.array(inputSchema).describe("its inputs"),
  outputs: z
    .array(
      z.object({
        name: item,
        description,
        dataset: z.string().exactOptional().describe("of which its files make a new version"),
        model: z.string().exactOptional().describe("of which its files make a new version"),
      }),
    )
    .describe("that it declares"),
  parameters: z.array(parameterSchema).describe("its parameters"),
  mounts: z.array(mountSchema).describe("folders of the machine"),
  cacheVolumes: z.array(z.string()).describe("of the cluster"),
  resources: z
    .object({
      cpu: limits.describe("processors"),
      memory: limits.describe("in MB"),
      ephemeralStorage: limits.describe("in MB"),
      devices: z.record(z.string(), z.number()).exactOptional().describe("how many of each kind"),
    })
    .exactOptional()
    .describe("that it asks for"),
  timeLimitS: seconds.exactOptional().describe("after which it is stopped, in seconds"),
  noOutputTimeoutS: seconds.exactOptional().describe("without output, after which it is stopped, in seconds"),
  stopCondition: z.string().exactOptional().describe("on metadata, that stops it"),
  uploadStore: z.string().exactOptional().describe("where outputs go"),
  sourcePath: z.string().exactOptional().describe("of the scripts"),
  autorestart: z.boolean().exactOptional().describe("starts again where its cloud machine was taken away"),
  python: z
    .object({
      requirements: z.string().exactOptional().describe("path of a requirements or lock file"),
      packages: z.array(z.string()).describe("that are installed"),
      version: z.string().exactOptional().describe("of the interpreter"),
      environment: texts.exactOptional().describe("variables for what builds it"),
    })
    .exactOptional()
    .describe("its Python environment"),
  reuse: z
    .object({
      enabled: z.boolean().describe("earlier results may be used"),
      code: z.union([z.array(z.string()), z.enum(["auto", "all", "read"])]).describe("which code counts"),
    })
    .exactOptional()
    .describe("what decides whether an earlier result is used"),
  retry: z
    .object({
      limit: count.describe("how often"),
      backoffS: seconds.describe("before the first, in seconds"),
      on: z
        .array(z.union([z.number(), z.enum(["signal", "timeout", "lost", "memory"])]))
        .describe("which failures; empty: any"),
    })
    .exactOptional()
    .describe("when a failed execution is tried again"),
});
export type StepView = Json<typeof stepSchema>;

const socketSchema = shape("Socket", "An end of an edge", {
  node: z.string().describe("its name"),
  type: z
    .enum(["output", "input", "parameter", "metadata", "file", "environment-variable", "dependency", "deployment"])
    .describe("what flows"),
  key: z.string().describe("of the output, input, parameter …"),
  best: z.literal(true).exactOptional().describe("of the best execution of a task"),
});

const override = shape("NodeOverride", "What a node overrides", {
  command: z.array(z.string()).exactOptional().describe("in place of the step's"),
  environment: z.string().exactOptional().describe("in place of the step's"),
  environmentVariables: z.array(variableSchema).exactOptional().describe("in place of those of the same names"),
  image: z.string().exactOptional().describe("in place of the step's"),
  inputs: z.array(inputSchema).exactOptional().describe("in place of those of the same names"),
  mounts: z.array(mountSchema).exactOptional().describe("in place of the step's"),
  parameters: z.array(parameterSchema).exactOptional().describe("in place of those of the same names"),
  runtimeConfigPreset: z.string().exactOptional().describe("in place of the step's"),
  autorestart: z.boolean().exactOptional().describe("in place of the step's"),
})
  .exactOptional()
  .describe("what differs from the step");

const actions = z
  .array(
    z.object({
      when: z.array(z.string()).describe("at which moments"),
      if: z.array(z.string()).describe("under which conditions"),
      // biome-ignore lint/suspicious/noThenProperty: the format calls it so
      then: z.array(z.string()).describe("what is done"),
      timeoutS: z.number().exactOptional().describe("so long an approval waits for an answer, in seconds"),
      onTimeout: z.enum(["approve", "reject"]).exactOptional().describe("the answer after that time"),
      remindS: z.number().exactOptional().describe("after each such time it is said again, in seconds"),
    }),
  )
  .describe("of the node");
const onError = z
  .enum(["stop-all", "stop-next", "continue", "retry"])
  .exactOptional()
  .describe("as written; nothing written is `stop-all`");
const edgeMergeMode = z.enum(["replace", "append"]).describe("what files over edges do to an input's default");
const commit = z.string().exactOptional().describe("of the code");

const pipelineNodeSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("execution"),
    name: item,
    step: z.string().describe("that it runs"),
    commit,
    override,
    actions,
    onError,
    edgeMergeMode,
  }),
  z.object({
    type: z.literal("task"),
    name: item,
    step: z.string().exactOptional().describe("that it runs"),
    task: z.string().exactOptional().describe("the task blueprint, in place of `step`"),
    commit,
    override,
    actions,
    onError,
    edgeMergeMode,
  }),
  z.object({
    type: z.literal("pipeline"),
    name: item,
    pipeline: z.string().describe("that it runs"),
    commit,
    override: z
      .object({
        inputs: z
          .array(z.object({ name: item, default: z.array(z.string()).describe("URIs") }))
          .describe("of the pipeline, with another default"),
        parameters: z
          .array(z.object({ name: item, default: parameterValue.exactOptional().describe("absent: it has none") }))
          .describe("of the pipeline, with another default"),
      })
      .exactOptional()
      .describe("other defaults for the pipeline"),
    actions,
    onError,
  }),
  z.object({
    type: z.literal("deployment"),
    name: item,
    deployment: z.string().describe("that it makes a version of"),
    endpoints: z.array(z.string()).describe("of the version"),
    aliases: z.array(z.string()).describe("that it gets"),
    actions,
    onError,
  }),
]);

export const pipelineSchema = shape("Pipeline", "A pipeline", {
  name: item,
  nodes: z.array(pipelineNodeSchema).describe("as written"),
  edges: z
    .array(
      z.object({
        source: socketSchema.describe("where it begins"),
        target: socketSchema.describe("where it ends"),
        configuration: values.describe("its own"),
      }),
    )
    .describe("what flows between them"),
  parameters: z
    .array(
      z.object({
        name: item,
        targets: z.array(socketSchema).describe("parameters of nodes"),
        default: parameterValue.exactOptional().describe("the value where none is given"),
        category: z.string().exactOptional().describe("groups it in a form"),
        description,
      }),
    )
    .describe("of the pipeline"),
  inputs: z
    .array(
      z.object({
        name: item,
        targets: z.array(socketSchema).describe("inputs of nodes"),
        default: z.array(z.string()).describe("URIs, in place of the defaults of the targets"),
        description,
      }),
    )
    .exactOptional()
    .describe("files that are handed to nodes"),
  outputs: z
    .array(z.object({ name: item, source: socketSchema.describe("the result of a node"), description }))
    .exactOptional()
    .describe("results under names of its own"),
  title: z.string().exactOptional().describe("of its runs"),
  tags: z.array(z.string()).exactOptional().describe("of its runs"),
  reuseExecutions: z.boolean().describe("earlier results may be used"),
});
export type PipelineView = Json<typeof pipelineSchema>;

export const taskDefinitionSchema = shape("TaskDefinition", "A task of the file", {
  name: item,
  step: z.string().describe("that it executes"),
  type: z
    .enum(["grid_search", "random_search", "manual_search", "bayesian_tpe", "distributed", "quasi_random"])
    .describe("how values are chosen"),
  description,
  varies: z.array(z.string()).describe("names of the parameters that it varies"),
});
export type TaskDefinitionView = Json<typeof taskDefinitionSchema>;

export const graphSchema = shape("Graph", "A graph", {
  pipeline: z.string().describe("its name"),
  nodes: z
    .array(
      z.object({
        name: item,
        type: z.enum(["execution", "task", "deployment", "pipeline"]).describe("of the node"),
        of: z.string().describe("the step, task, deployment or pipeline behind it"),
        approvals: z
          .array(approvalMoment)
          .describe("when it may ask a person: before it begins, before what follows from its end"),
      }),
    )
    .describe("in the order of the file"),
  edges: z
    .array(
      z.object({ source: socketSchema.describe("where it begins"), target: socketSchema.describe("where it ends") }),
    )
    .describe("what flows between them"),
});
export type PipelineGraph = Json<typeof graphSchema>;

const finding = shape("Finding", "A finding", {
  path: z.string().describe("JSON pointer (RFC 6901) into the file"),
  line: count.describe("from 1"),
  column: count.describe("from 1"),
  code: z.string().describe("of the [rule](lint.md)"),
  message: z.string().describe("what is wrong"),
  hint: z.string().exactOptional().describe("what would be right"),
});

const lintedFile = z.object({
  file: z.string().describe("its path"),
  valid: z.boolean().describe("it has no errors"),
  errors: z.array(finding).describe("that keep it from running"),
  warnings: z.array(finding).describe("that do not"),
});

export const lintSchema = shape("Findings", "Findings", { files: z.array(lintedFile).describe("that were checked") });
export type LintReport = Json<typeof lintSchema>;

/** A project's configuration, normalised: every default filled in. */
export const configurationSchema = z.object({
  ...lintedFile.shape,
  definitions: z
    .object({
      steps: z.array(stepSchema).describe("in the order of the file"),
      pipelines: z.array(pipelineSchema).describe("in the order of the file"),
      tasks: z.array(taskDefinitionSchema).describe("in the order of the file"),
    })
    .nullable()
    .describe("`null` for a file with errors"),
});
export type ConfigurationView = Json<typeof configurationSchema>;
export type Definitions = NonNullable<ConfigurationView["definitions"]>;
