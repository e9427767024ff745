import type { PlanView, Prediction } from "../../api/index.ts";
import { formatValue, plural, shortCommit } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { renderFacts } from "../terminal/table.ts";
import { oneLine } from "../terminal/width.ts";
import { METHODS } from "./task.ts";

type PlannedNode = PlanView["nodes"][number];
type InputSource = PlannedNode["inputs"][string][number];

/** `headrace run --dry-run` for a person: what would run, in order, with what, and what would not. */
export function renderPlan(plan: PlanView, style: Style): string[] {
  const title = `${plan.kind} ${style.bold(plan.name)}: ${plural(plan.nodes.length, "node")} ${outlook(plan.nodes)}`;
  const nodes = plan.nodes.flatMap((node, index) => ["", ...renderNode(node, index + 1, style)]);
  const outputs = plan.outputs.map(({ name, source }) => `${oneLine(name)} ← ${oneLine(source)}`);
  const labels = [...(plan.title === null ? [] : [oneLine(plan.title)]), ...plan.tags.map((tag) => `#${oneLine(tag)}`)];
  const facts = [
    ...(labels.length === 0 ? [] : [["labels", labels.join("  ")] as const]),
    ...(outputs.length === 0 ? [] : [["outputs", outputs] as const]),
  ];
  return [title, ...renderFacts(facts, style, "   "), ...nodes, "", style.dim("Nothing was run or recorded.")];
}

/** `would run`, or how many would not. */
function outlook(nodes: readonly PlannedNode[]): string {
  const count = (outcome: Prediction["outcome"]): number =>
    nodes.filter(({ prediction }) => prediction?.outcome === outcome).length;
  const [reused, open] = [count("reuse"), count("unknown")];
  if (reused + open === 0) return "would run";
  const parts = [
    `${count("run")} would run`,
    `${reused} would be reused`,
    ...(open === 0 ? [] : [`${open} may do either`]),
  ];
  return `(${parts.join(", ")})`;
}

const OUTLOOKS = { run: "▸ would run", reuse: "↺ would be reused", unknown: "? not known yet" } as const;

function renderNode(node: PlannedNode, position: number, style: Style): string[] {
  const { prediction, command } = node;
  const after = node.dependsOn.length === 0 ? "" : style.dim(`  after ${node.dependsOn.join(", ")}`);
  const step = node.step === node.name ? "" : style.dim(`  (step ${node.step})`);
  const facts: (readonly [string, string | readonly string[]])[] = [];
  if (node.commit !== null) facts.push(["code", shortCommit(node.commit)]);
  if (prediction !== undefined) facts.push(["outcome", `${OUTLOOKS[prediction.outcome]}: ${oneLine(prediction.text)}`]);
  if (node.task !== null) facts.push(...taskFacts(node.task));
  const parameters = parameterLines(node);
  if (parameters.length > 0) facts.push(["parameters", parameters]);
  const inputs = Object.entries(node.inputs).map(
    ([name, sources]) => `${name} ← ${sources.map(sourceText).join(", ") || "nothing"}`,
  );
  if (inputs.length > 0) facts.push(["inputs", inputs]);
  const variables = Object.entries(node.environmentVariables).map(([name, value]) => `${name}=${oneLine(value)}`);
  if (variables.length > 0) facts.push(["variables", variables]);
  if (node.secretVariables.length > 0) facts.push(["secrets", node.secretVariables.map(oneLine)]);
  facts.push(["command", command.flatMap((line) => line.split("\n"))]);
  return [`${style.dim(`${position}.`)} ${style.bold(node.name)}${step}${after}`, ...renderFacts(facts, style, "   ")];
}

function taskFacts(task: NonNullable<PlannedNode["task"]>): (readonly [string, string | readonly string[]])[] {
  const count = task.executions === null ? "executions counted when they come" : plural(task.executions, "execution");
  const at = task.parallel === null ? "" : `, ${task.parallel} at a time`;
  return [
    task.forEach === null ? ["search", METHODS[task.method]] : ["for each", oneLine(task.forEach)],
    ["trials", `${count}${at}`],
    ["varies", Object.entries(task.varies).map(([name, values]) => `${name}: ${oneLine(values)}`)],
    ...(task.goals.length === 0 ? [] : [["goal", task.goals.join(", ")] as const]),
  ];
}

function parameterLines(node: PlannedNode): string[] {
  const edges = new Map(node.parametersFrom.map((edge) => [edge.parameter, edge] as const));
  const names = new Set([...Object.keys(node.parameters), ...edges.keys()]);
  return [...names].map((name) => {
    const edge = edges.get(name);
    if (node.task !== null && Object.hasOwn(node.task.varies, name)) return `${name}: varied`;
    if (edge !== undefined) return `${name} ← ${edge.kind} ${edge.key} of ${edge.node}`;
    return `${name} = ${oneLine(formatValue(node.parameters[name]))}`;
  });
}

function sourceText({ kind, from, node, pattern }: InputSource): string {
  if (kind === "uri") return from;
  if (kind === "given") return `${pattern} as before`;
  return kind === "output" ? `${pattern} of ${node}` : `input ${pattern} of ${node}`;
}
