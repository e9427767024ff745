import type { OnError, Parameter, Pipeline, PipelineNode, Step } from "../../config/index.ts";
import { flowText, formatDuration, formatValue } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { type Column, renderFacts, renderTable } from "../terminal/table.ts";
import { oneLine } from "../terminal/width.ts";

interface DefinitionContext {
  readonly width: number;
  readonly style: Style;
}

/** `headrace step NAME` for a person. */
export function renderStep(step: Step, { width, style }: DefinitionContext): string[] {
  const inner = { width: width - 4, style };
  return [
    `step ${style.bold(step.name)}`,
    ...(step.description === undefined ? [] : [`  ${oneLine(step.description)}`]),
    "",
    ...renderFacts(stepFacts(step), style, "  "),
    ...titled(
      "Parameters",
      step.parameters.length === 0 ? [] : renderTable(PARAMETER_COLUMNS, step.parameters.map(parameterRow), inner),
      style,
    ),
    ...titled(
      "Inputs",
      step.inputs.length === 0 ? [] : renderTable(INPUT_COLUMNS, step.inputs.map(inputRow), inner),
      style,
    ),
    ...titled("Environment variables", variables(step), style),
    ...titled(
      "Outputs",
      step.outputs.map((output) => [output.name, output.description].filter(Boolean).join("  ")),
      style,
    ),
  ];
}

/** `headrace pipeline NAME` for a person. */
export function renderPipeline(pipeline: Pipeline, { width, style }: DefinitionContext): string[] {
  const inner = { width: width - 4, style };
  const goesTo = (targets: readonly { readonly node: string; readonly key: string }[]): string =>
    targets.map(({ node, key }) => `${node}.${key}`).join(", ");
  const parameters = pipeline.parameters.map((parameter) => [
    parameter.name,
    parameter.default === undefined ? "–" : formatValue(parameter.default),
    goesTo(parameter.targets),
  ]);
  const inputs = (pipeline.inputs ?? []).map(({ name, default: uris, targets }) => [
    ...[name, uris.length === 0 ? "–" : uris.join(", "), goesTo(targets)],
  ]);
  const outputs = (pipeline.outputs ?? []).map(({ name, source, description = "" }) => [
    ...[name, `${source.node}.${source.best === true ? "best." : ""}${source.type}.${source.key}`, description],
  ]);
  const nodes = pipeline.nodes.map((node) => [node.name, node.type, ofNode(node), node.onError ?? "stop-all"]);
  const edges = pipeline.edges.map((edge) => [edge.source.node, edge.target.node, flowText(edge)]);
  return [
    `pipeline ${style.bold(pipeline.name)}`,
    style.dim(pipeline.reuseExecutions ? REUSES : RUNS_ALL),
    ...titled(
      "Parameters",
      parameters.length === 0 ? [] : renderTable(PIPELINE_PARAMETER_COLUMNS, parameters, inner),
      style,
    ),
    ...titled("Inputs", inputs.length === 0 ? [] : renderTable(PIPELINE_PARAMETER_COLUMNS, inputs, inner), style),
    ...titled("Outputs", outputs.length === 0 ? [] : renderTable(PIPELINE_OUTPUT_COLUMNS, outputs, inner), style),
    ...titled(
      "Nodes",
      [...renderTable(NODE_COLUMNS, nodes, inner), "", ...legend(pipeline).map((line) => style.dim(line))],
      style,
    ),
    ...titled("Edges", edges.length === 0 ? [] : renderTable(EDGE_COLUMNS, edges, inner), style),
  ];
}

const REUSES = "nodes in which nothing changed use earlier results (reuse-executions: true)";
const RUNS_ALL = "every node runs in every run (reuse-executions: false)";

/** The words for what a node's failure does to the others. */
const ON_ERROR: Readonly<Record<OnError, string>> = {
  "stop-all": "its failure stops whatever runs and skips whatever waits",
  "stop-next": "its failure skips what depends on it; the others finish",
  continue: "what depends on it runs in spite of its failure",
  retry: "it is tried again; its last failure stops whatever runs and skips whatever waits",
};

function legend(pipeline: Pipeline): readonly string[] {
  const used = new Set(pipeline.nodes.map(({ onError }) => onError ?? "stop-all"));
  return [...used].map((kind) => `${kind}: ${ON_ERROR[kind]}`);
}

const PARAMETER_COLUMNS: readonly Column[] = [
  { header: "NAME", minWidth: 10 },
  { header: "TYPE" },
  { header: "DEFAULT", minWidth: 10 },
  { header: "ALLOWED", minWidth: 8 },
  { header: "DESCRIPTION", minWidth: 8 },
];
const INPUT_COLUMNS: readonly Column[] = [
  { header: "NAME", minWidth: 10 },
  { header: "DEFAULT", minWidth: 12, cut: "middle" },
  { header: "NEEDED" },
  { header: "DESCRIPTION", minWidth: 8 },
];
const PIPELINE_PARAMETER_COLUMNS: readonly Column[] = [
  { header: "NAME", minWidth: 10 },
  { header: "DEFAULT", minWidth: 10 },
  { header: "GOES TO", minWidth: 12 },
];
const PIPELINE_OUTPUT_COLUMNS: readonly Column[] = [
  { header: "NAME", minWidth: 10 },
  { header: "COMES FROM", minWidth: 12 },
  { header: "DESCRIPTION", minWidth: 8 },
];
const NODE_COLUMNS: readonly Column[] = [
  { header: "NAME", minWidth: 10 },
  { header: "TYPE" },
  { header: "RUNS", minWidth: 10 },
  { header: "ON ERROR" },
];
const EDGE_COLUMNS: readonly Column[] = [
  { header: "FROM", minWidth: 8 },
  { header: "TO", minWidth: 8 },
  { header: "CARRIES", minWidth: 12 },
];

function stepFacts(step: Step): (readonly [string, string | readonly string[]])[] {
  const facts: (readonly [string, string | readonly string[]])[] = [["image", step.image]];
  if (step.environment !== undefined) facts.push(["environment", step.environment]);
  const { python } = step;
  if (python !== undefined)
    facts.push([
      "python",
      [python.version ?? "", python.requirements ?? "", ...python.packages].filter((part) => part !== "").join(" "),
    ]);
  if (step.timeLimitS !== undefined) facts.push(["time limit", formatDuration(step.timeLimitS)]);
  if (step.noOutputTimeoutS !== undefined) facts.push(["no-output limit", formatDuration(step.noOutputTimeoutS)]);
  if (step.stopCondition !== undefined) facts.push(["stops when", step.stopCondition]);
  facts.push(["command", step.command.flatMap((line) => line.split("\n"))]);
  return facts;
}

function parameterRow(parameter: Parameter): string[] {
  const { min, max, choices } = parameter;
  const range = min === undefined && max === undefined ? "" : `${min ?? ""} … ${max ?? ""}`.trim();
  return [
    parameter.name,
    parameter.multiple === "none" ? parameter.type : `${parameter.type} list`,
    parameter.default === undefined ? "–" : formatValue(parameter.default),
    choices === undefined ? range : formatValue(choices),
    parameter.description ?? "",
  ];
}

function inputRow(input: Step["inputs"][number]): string[] {
  return [
    input.name,
    input.default.length === 0 ? "–" : input.default.join(", "),
    input.optional ? "no" : "yes",
    input.description ?? "",
  ];
}

function variables(step: Step): readonly string[] {
  return step.environmentVariables.map(({ name, default: value }) =>
    value === undefined ? name : `${name}=${oneLine(value)}`,
  );
}

function ofNode(node: PipelineNode): string {
  if (node.type === "deployment") return node.deployment;
  if (node.type === "pipeline") return node.pipeline;
  return node.step ?? (node.type === "task" ? (node.task ?? "") : "");
}

function titled(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ["", `  ${style.bold(title)}`, ...lines.map((line) => `    ${line}`)];
}
