import * as z from "zod";
import {
  allOf,
  anything,
  boolean,
  duration,
  exactlyOne,
  type KeyRule,
  listOf,
  mapping,
  notBoth,
  oneOf,
  openMapping,
  text,
  textList,
  textOrTexts,
} from "./fields.ts";
import { overrideSchema } from "./step.ts";
import { forEach } from "./task.ts";

const actionSchema = mapping("action", "Something that happens at a moment of the node's life.", {
  when: textOrTexts("node-starting, node-complete or node-error."),
  if: textOrTexts("Expressions that all have to be true.").optional(),
  // biome-ignore lint/suspicious/noThenProperty: the format has this key
  then: textOrTexts("stop-pipeline, error-pipeline, require-approval or noop."),
  timeout: duration(
    "Headrace only: how long `require-approval` waits for an answer: seconds, or a text such as `2d`; for ever unless given.",
  ).optional(),
  "on-timeout": oneOf(
    ["approve", "reject"],
    "Headrace only: the answer that is given when the `timeout` is over.",
    "reject",
  ).optional(),
  remind: duration(
    "Headrace only: `require-approval` says again after each such time that nobody has answered.",
  ).optional(),
});

const nodeName = text("Name of the node; unique within the pipeline.");
const actions = listOf(actionSchema, "What happens at moments of the node's life.").optional();
const commit = text(
  "Version of the code that the node's step comes from: a commit, or `library:owner/name`.",
).optional();
const edgeMergeMode = oneOf(
  ["replace", "append"],
  "Whether files of an edge replace an input's default or add to it.",
  "replace",
).optional();
const onError = oneOf(
  ["stop-all", "stop-next", "continue", "retry"],
  "What a failure of this node does to the others.",
  "stop-all",
).optional();

const executionNodeSchema = mapping("execution-node", "A node that runs a step once.", {
  name: nodeName,
  type: z.literal("execution"),
  step: text("Step that is run."),
  commit,
  override: overrideSchema.optional(),
  actions,
  "on-error": onError,
  "edge-merge-mode": edgeMergeMode,
});

const taskNodeSchema = mapping(
  "task-node",
  "A node that runs a step many times.",
  {
    name: nodeName,
    type: z.literal("task"),
    step: text("Step that is run.").optional(),
    task: text("Task of this file that is run.").optional(),
    "for-each": forEach.optional(),
    commit,
    override: overrideSchema.optional(),
    actions,
    "on-error": onError,
    "edge-merge-mode": edgeMergeMode,
  },
  allOf(exactlyOne("a task node", "step", "task"), notBoth("a task node", "task", "for-each")),
);

const deploymentNodeSchema = mapping("deployment-node", "A node that creates a version of a deployment.", {
  name: nodeName,
  type: z.literal("deployment"),
  deployment: text("Deployment that gets a new version."),
  endpoints: textList("Endpoints of the version.").optional(),
  aliases: textList("Names, such as staging, that move to the version.").optional(),
  actions,
  "on-error": oneOf(
    ["stop-all", "stop-next", "continue"],
    "What a failure of this node does to the others.",
    "stop-all",
  ).optional(),
});

const pipelineOverrideSchema = mapping(
  "pipeline-override",
  "Headrace only: other defaults for the inputs and parameters of the pipeline that a node runs.",
  {
    inputs: listOf(
      mapping("pipeline-override-input", "An input of the pipeline; one with a name only loses its default.", {
        name: text("Name of the pipeline's input."),
        default: textOrTexts("URI or URIs of its files.").optional(),
      }),
      "Inputs of the pipeline.",
    ).optional(),
    parameters: listOf(
      mapping("pipeline-override-parameter", "A parameter of the pipeline; one with a name only loses its default.", {
        name: text("Name of the pipeline's parameter."),
        default: anything("Its value; a list is allowed.").optional(),
      }),
      "Parameters of the pipeline.",
    ).optional(),
  },
);

const subPipelineNodeSchema = mapping("pipeline-node", "Headrace only: a node that runs another pipeline.", {
  name: nodeName,
  type: z.literal("pipeline"),
  pipeline: text("Pipeline that is run; its inputs, parameters and outputs are the node's sockets."),
  commit: text("Version of the code that the pipeline and its steps come from.").optional(),
  override: pipelineOverrideSchema.optional(),
  actions: listOf(actionSchema, "Refused: actions belong to the nodes of the pipeline.").optional(),
  "on-error": oneOf(
    ["stop-all", "stop-next", "continue", "retry"],
    "The rule for those nodes of the pipeline that have none of their own.",
    "stop-all",
  ).optional(),
});

export const nodeSchema = z.discriminatedUnion("type", [
  executionNodeSchema,
  taskNodeSchema,
  deploymentNodeSchema,
  subPipelineNodeSchema,
]);

const socketSyntax =
  "`node.type.key`; type: output, input, parameter, metadata, file, environment-variable, dependency or deployment";

export const edgeSchema = z
  .union([
    z.tuple([z.string(), z.string()]).meta({ description: `Source and target, each ${socketSyntax}.` }),
    mapping("edge", "An edge with options.", {
      source: text(`Where it begins: ${socketSyntax}.`),
      target: text(`Where it ends: ${socketSyntax}.`),
      configuration: openMapping("Options of the edge.").optional(),
    }),
  ])
  .meta({ description: "What flows from one node to another." });

const pipelineParameterSchema = mapping(
  "pipeline-parameter",
  "A value that is handed to parameters of several nodes.",
  {
    name: text("Name of the parameter; unique within the pipeline."),
    target: text("`node.parameter.name` that gets the value.").optional(),
    targets: textOrTexts("`node.parameter.name`s that get the value.").optional(),
    default: anything("Value that is used unless another is given; a list is allowed.").optional(),
    value: anything("Older spelling of `default`; goes before it.").optional(),
    category: text("Heading under which a user interface shows the parameter.").optional(),
    description: text("Help text.").optional(),
  },
  notBoth("a pipeline parameter", "target", "targets"),
);

const pipelineInputSchema = mapping(
  "pipeline-input",
  "Headrace only: files that are handed to inputs of nodes.",
  {
    name: text("Name of the input; unique within the pipeline."),
    target: text("`node.input.name` that gets the files.").optional(),
    targets: textOrTexts("`node.input.name`s that get the files.").optional(),
    default: textOrTexts("URI or URIs, in place of the defaults of the targets.").optional(),
    description: text("Help text.").optional(),
  },
  notBoth("a pipeline input", "target", "targets"),
);

const pipelineOutputSchema = mapping(
  "pipeline-output",
  "Headrace only: a result of a node, under a name of the pipeline's own.",
  {
    name: text("Name of the output; unique within the pipeline."),
    source: text(
      "`node.output.PATTERN` or `node.metadata.KEY`; of a task also `node.best.output.PATTERN` and `node.best.metadata.KEY`.",
    ),
    description: text("Help text.").optional(),
  },
);

/** `nodes` and `edges`, or our `connections`, whose nodes are the steps that it names. */
const nodesOrConnections: KeyRule = {
  check: (value) => {
    if ("connections" in value) {
      if (!("nodes" in value || "edges" in value)) return undefined;
      return { code: "conflicting-keys", message: "a pipeline takes `connections`, or `nodes` and `edges`, not both" };
    }
    if (!("nodes" in value)) return { code: "missing-key", message: "a pipeline needs `nodes` and `edges`" };
    if ("edges" in value) return undefined;
    return { code: "missing-key", message: "a pipeline needs `edges`; write `edges: []` where there are none" };
  },
  jsonSchema: {
    oneOf: [
      { required: ["nodes", "edges"], not: { required: ["connections"] } },
      { required: ["connections"], not: { anyOf: [{ required: ["nodes"] }, { required: ["edges"] }] } },
    ],
  },
};

export const pipelineSchema = mapping(
  "pipeline",
  "A graph of nodes, joined by edges that carry files and values.",
  {
    name: text("Name of the pipeline; unique within the file."),
    nodes: listOf(nodeSchema, "The nodes.").optional(),
    edges: listOf(edgeSchema, "The edges.").optional(),
    connections: listOf(
      edgeSchema,
      "Headrace only: edges between steps; every step that is named becomes a node of its name.",
    ).optional(),
    parameters: listOf(pipelineParameterSchema, "Values that are handed to nodes.").optional(),
    inputs: listOf(pipelineInputSchema, "Headrace only: files that are handed to nodes.").optional(),
    outputs: listOf(pipelineOutputSchema, "Headrace only: results under names of the pipeline's own.").optional(),
    title: text(
      "Headrace only: title of its runs; `{parameter-value:NAME}` stands for the value of a pipeline parameter.",
    ).optional(),
    tags: textOrTexts("Headrace only: tags of its runs, in the form of the title.").optional(),
    "reuse-executions": boolean("Whether nodes that would run unchanged use an earlier result.", true).optional(),
  },
  nodesOrConnections,
);

export type PipelineSource = z.infer<typeof pipelineSchema>;
export type NodeSource = z.infer<typeof nodeSchema>;
export type SubPipelineSource = z.infer<typeof subPipelineNodeSchema>;
export type EdgeSource = z.infer<typeof edgeSchema>;
