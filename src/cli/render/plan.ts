import type { Prediction } from "../../api/index.ts";
import type { Plan, PlannedNode } from "../../planning/index.ts";
import { formatValue, plural } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { renderFacts } from "../terminal/table.ts";
import { oneLine } from "../terminal/width.ts";

type InputSource = PlannedNode["inputs"][number]["sources"][number];

export interface PlanFacts {
  /** The resolved lines of each node. */
  readonly commands: ReadonlyMap<string, readonly string[]>;
  /** In the order of the nodes. */
  readonly predictions?: readonly Prediction[];
}

/** `headrace run --dry-run` for a person: what would run, in order, with what, and what would not. */
export function renderPlan(plan: Plan, { commands, predictions }: PlanFacts, style: Style): string[] {
  const title = `${plan.kind} ${style.bold(plan.name)}: ${plural(plan.nodes.length, "node")} ${outlook(predictions)}`;
  const nodes = plan.nodes.flatMap((node, index) => [
    "",
    ...renderNode(node, index + 1, { command: commands.get(node.name) ?? [], prediction: predictions?.[index] }, style),
  ]);
  return [title, ...nodes, "", style.dim("Nothing was run or recorded.")];
}

/** `would run`, or how many would not. */
function outlook(predictions: readonly Prediction[] | undefined): string {
  const count = (outcome: Prediction["outcome"]): number => predictions?.filter((item) => item.outcome === outcome).length ?? 0;
  const [reused, open] = [count("reuse"), count("unknown")];
  if (predictions === undefined || reused + open === 0) return "would run";
  const parts = [`${count("run")} would run`, `${reused} would be reused`, ...(open === 0 ? [] : [`${open} may do either`])];
  return `(${parts.join(", ")})`;
}

const OUTLOOKS = { run: "▸ would run", reuse: "↺ would be reused", unknown: "? not known yet" } as const;

interface NodeFacts {
  readonly command: readonly string[];
  readonly prediction: Prediction | undefined;
}

function renderNode(node: PlannedNode, position: number, { command, prediction }: NodeFacts, style: Style): string[] {
  const after = node.dependsOn.length === 0 ? "" : style.dim(`  after ${node.dependsOn.join(", ")}`);
  const step = node.step.name === node.name ? "" : style.dim(`  (step ${node.step.name})`);
  const facts: (readonly [string, string | readonly string[]])[] = [];
  if (prediction !== undefined) facts.push(["outcome", `${OUTLOOKS[prediction.outcome]}: ${oneLine(prediction.text)}`]);
  const parameters = parameterLines(node);
  if (parameters.length > 0) facts.push(["parameters", parameters]);
  const inputs = node.inputs.map((input) => `${input.name} ← ${input.sources.map(sourceText).join(", ") || "nothing"}`);
  if (inputs.length > 0) facts.push(["inputs", inputs]);
  const variables = Object.entries(node.environmentVariables).map(([name, value]) => `${name}=${oneLine(value)}`);
  if (variables.length > 0) facts.push(["variables", variables]);
  facts.push(["command", command.flatMap((line) => line.split("\n"))]);
  return [`${style.dim(`${position}.`)} ${style.bold(node.name)}${step}${after}`, ...renderFacts(facts, style, "   ")];
}

function parameterLines(node: PlannedNode): string[] {
  const edges = new Map(node.parameterEdges.map((edge) => [edge.parameter, edge.from] as const));
  const names = new Set([...Object.keys(node.parameters), ...edges.keys()]);
  return [...names].map((name) => {
    const edge = edges.get(name);
    if (edge !== undefined) return `${name} ← ${edge.kind} ${edge.key} of ${edge.node}`;
    return `${name} = ${oneLine(formatValue(node.parameters[name]))}`;
  });
}

function sourceText(source: InputSource): string {
  if (source.kind === "uri") return source.uri;
  if (source.kind === "given") return `${source.files.map(({ name }) => name).join(", ")} as before`;
  return source.kind === "output" ? `${source.pattern} of ${source.node}` : `input ${source.pattern} of ${source.node}`;
}
