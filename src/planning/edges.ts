import {
  type Edge,
  hasGlob,
  type Pipeline,
  type Socket,
  type SocketType,
  type TaskBlueprint,
} from "../config/index.ts";
import type { Draft, DraftNode } from "./draft.ts";

import { didYouMean } from "./nearest-name.ts";
import type { PlanReport } from "./plan-report.ts";
import type { StepFacts, StepFactsCache } from "./step-facts.ts";

/** The target of each source type; everything else on an edge is a mistake. */
const FLOWS_INTO: Readonly<Partial<Record<SocketType, SocketType>>> = {
  output: "input",
  input: "input",
  parameter: "parameter",
  metadata: "parameter",
  "environment-variable": "environment-variable",
  dependency: "dependency",
};
const FLOWS_HINT = `edges can join ${Object.entries(FLOWS_INTO)
  .map(([source, target]) => `${source} to ${target}`)
  .join(", ")}`;

/** `train.output.*.pkl → evaluate.input.model`, as messages name an edge. */
export function showEdge(edge: Edge): string {
  return `${showSocket(edge.source)} → ${showSocket(edge.target)}`;
}

/** `train.output.*.pkl`: names one socket among all of a pipeline. */
export function showSocket(socket: Socket): string {
  return `${socket.node}.${socket.best === true ? "best." : ""}${socket.type}.${socket.key}`;
}

/** Checks the pipeline's edges and gives each to the node where it ends, sound or not. */
export function attachEdges(
  pipeline: Pipeline,
  draft: Draft,
  facts: StepFactsCache,
  environment: ReadonlySet<string>,
  report: PlanReport,
): void {
  for (const written of pipeline.edges) {
    const edge = withoutValue(written, draft, facts, report);
    const source = endOf(edge, edge.source, draft, report);
    const target = endOf(edge, edge.target, draft, report);
    const isSound =
      isCarried(edge, report) &&
      checkSource(edge, source, facts, environment, report) &&
      checkTarget(edge, target, facts, report);
    if (target === undefined) continue;
    if (isSound && source !== undefined) target.incoming.push(edge);
    else draft.unsound.add(showSocket(edge.target));
  }
}

/**
 * An edge from a parameter that its source does not have brings nothing: Valohai's tools accept it, and its own
 * examples have one. The target keeps the value that it has otherwise, and runs after the source as ever.
 */
function withoutValue(edge: Edge, draft: Draft, facts: StepFactsCache, report: PlanReport): Edge {
  const { source, target } = edge;
  const node = draft.byName.get(source.node);
  if (source.type !== "parameter" || target.type !== "parameter" || node === undefined) return edge;
  const { parameters } = facts.of(node.step);
  if (parameters.has(source.key)) return edge;
  const hint = didYouMean(source.key, parameters.keys());
  const known = `node ${source.node} has no parameter "${source.key}"${hint === undefined ? "" : ` (${hint})`}`;
  report.warn(`edge ${showEdge(edge)}: ${known}; ${target.node} keeps its own value`);
  return { ...edge, source: { ...source, type: "dependency" }, target: { ...target, type: "dependency" } };
}

function isCarried(edge: Edge, report: PlanReport): boolean {
  const { source, target } = edge;
  if (FLOWS_INTO[source.type] === target.type) return true;
  // Edges of deployments hang on a deployment node, which was reported.
  if (source.type !== "deployment" && target.type !== "file") {
    report.problem(
      "configuration",
      `edge ${showEdge(edge)}: ${source.type} cannot flow into ${target.type}`,
      FLOWS_HINT,
    );
  }
  return false;
}

function endOf(edge: Edge, socket: Socket, draft: Draft, report: PlanReport): DraftNode | undefined {
  const node = draft.byName.get(socket.node);
  if (node === undefined && !draft.refused.has(socket.node)) {
    report.problem(
      "configuration",
      `edge ${showEdge(edge)}: there is no node "${socket.node}"`,
      didYouMean(socket.node, draft.byName.keys()),
    );
  }
  return node;
}

function checkSource(
  edge: Edge,
  node: DraftNode | undefined,
  cache: StepFactsCache,
  environment: ReadonlySet<string>,
  report: PlanReport,
): boolean {
  if (node === undefined || !hasBest(edge, node, report)) return false;
  const { type, key } = edge.source;
  const facts = cache.of(node.step);
  // Outputs and metadata come into being while the step runs; what a glob means is known only then, too.
  if (type === "input")
    return hasGlob(key) || key.includes("/") || isKnown(edge, edge.source, facts.inputNames, report);
  if (type === "environment-variable") {
    if (environment.has(key)) return true;
    return isOpen(edge, facts, report) && isKnown(edge, edge.source, facts.variableNames, report);
  }
  return true;
}

/** Only a task that looks for something has a best execution. */
function hasBest(edge: Edge, { name, task }: DraftNode, report: PlanReport): boolean {
  if (edge.source.best !== true) return true;
  const { type, key } = edge.source;
  if (task === undefined) {
    report.problem(
      "configuration",
      `edge ${showEdge(edge)}: only a task has a best execution, and node ${name} is no task`,
      `write ${name}.${type}.${key}`,
    );
    return false;
  }
  if (type !== "output" && type !== "metadata" && type !== "parameter") {
    report.problem(
      "configuration",
      `edge ${showEdge(edge)}: of the best execution, outputs, metadata and parameters flow on`,
    );
    return false;
  }
  if (hasGoal(task.blueprint)) return true;
  report.problem(
    "configuration",
    `edge ${showEdge(edge)}: the task of node ${name} has no goal, so that none of its executions is the best`,
    "add `goal: max:METRIC` or `goal: min:METRIC` to the task",
  );
  return false;
}

function hasGoal({ goals, optimizationTargetMetric }: TaskBlueprint): boolean {
  return goals.length > 0 || optimizationTargetMetric !== undefined;
}

/** An edge carries what the records of a node say, and those know no secrets. */
function isOpen(edge: Edge, { secretVariables }: StepFacts, report: PlanReport): boolean {
  if (!secretVariables.includes(edge.source.key)) return true;
  report.problem(
    "configuration",
    `edge ${showEdge(edge)}: ${edge.source.key} is a secret, and no edge carries one`,
    "leave the edge out: each step gets the secrets of the project, and of the groups that it names",
  );
  return false;
}

function checkTarget(edge: Edge, node: DraftNode | undefined, cache: StepFactsCache, report: PlanReport): boolean {
  if (node === undefined) return false;
  const facts = cache.of(node.step);
  if (edge.target.type === "input") return isKnown(edge, edge.target, facts.inputNames, report);
  if (edge.target.type === "parameter") return isKnown(edge, edge.target, facts.parameters, report);
  return true;
}

interface NameSet {
  has(name: string): boolean;
  keys(): Iterable<string>;
}

function isKnown(edge: Edge, socket: Socket, known: NameSet, report: PlanReport): boolean {
  if (known.has(socket.key)) return true;
  const what = socket.type === "environment-variable" ? "environment variable" : socket.type;
  report.problem(
    "configuration",
    `edge ${showEdge(edge)}: node ${socket.node} has no ${what} "${socket.key}"`,
    didYouMean(socket.key, known.keys()),
  );
  return false;
}
