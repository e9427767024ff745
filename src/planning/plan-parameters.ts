import { type Parameter, type ParameterValue, parseParameterValue, validateParameterValue } from "../config/index.ts";
import type { AssignedRequest } from "./assign-request.ts";
import type { Draft, DraftNode } from "./draft.ts";
import { showEdge, showSocket } from "./edges.ts";
import type { FlatPipeline } from "./expand-pipeline.ts";
import { didYouMean } from "./nearest-name.ts";
import { nodeLabel } from "./node-label.ts";
import type { RequestedTexts } from "./node-request.ts";
import type { ParameterEdge } from "./plan.ts";
import type { PlanReport } from "./plan-report.ts";
import { oneOf, severalOf } from "./several-values.ts";
import type { StepFacts, StepFactsCache } from "./step-facts.ts";

/** A value that a pipeline parameter hands to a node; `explicit` where the user gave it for this run. */
interface HandedValue {
  readonly value: ParameterValue;
  readonly explicit: boolean;
  /** The depth of the pipeline whose parameter it is; 0 for the one that runs. */
  readonly depth: number;
}

export interface PipelineValues {
  /** As recorded with the run. */
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly byNode: ReadonlyMap<DraftNode, ReadonlyMap<string, HandedValue>>;
}

export const NO_PIPELINE_VALUES: PipelineValues = { values: {}, byNode: new Map() };

/**
 * Gives every pipeline parameter its value (requested, else its default) and hands it to its targets, typed as each
 * target wants it.
 */
export function assignPipelineParameters(
  pipeline: FlatPipeline,
  draft: Draft,
  request: AssignedRequest,
  facts: StepFactsCache,
  report: PlanReport,
): PipelineValues {
  const values = new Map<string, ParameterValue>();
  const byNode = new Map<DraftNode, Map<string, HandedValue>>();
  for (const { name, targets, default: fallback, depth } of pipeline.parameters) {
    const requested = request.pipelineParameters.get(name);
    if (requested !== undefined && targets.length === 0)
      report.warn(`pipeline parameter "${name}" has no target; its value goes nowhere`);
    let recorded: ParameterValue | undefined;
    for (const target of targets) {
      const node = draft.byName.get(target.node);
      const own = node === undefined ? undefined : facts.of(node.step).parameters.get(target.key);
      // The executions of a task may each get one value of a list.
      const parameter = own === undefined || node?.task === undefined ? own : severalOf(own);
      if (node === undefined || parameter === undefined) {
        reportTarget(name, target, node, draft, facts, report);
        continue;
      }
      const value = typedValue(name, parameter, requested, fallback, report);
      if (value === undefined) continue;
      recorded ??= own === undefined ? value : oneOf(own, value);
      handOver(byNode, node, target.key, { value, explicit: requested !== undefined, depth });
    }
    recorded ??= untypedValue(requested) ?? fallback;
    if (recorded !== undefined && recorded !== null) values.set(name, recorded);
  }
  for (const parameter of pipeline.parameters) if (parameter.depth > 0) recordInner(parameter, draft, byNode, values);
  return { values: Object.fromEntries(values), byNode };
}

/** A parameter of an inner pipeline has the value that came of all that is handed to its targets. */
function recordInner(
  { name, targets: [target] }: FlatPipeline["parameters"][number],
  draft: Draft,
  byNode: ReadonlyMap<DraftNode, ReadonlyMap<string, HandedValue>>,
  values: Map<string, ParameterValue>,
): void {
  if (target === undefined) return;
  const node = draft.byName.get(target.node);
  const handed = node && byNode.get(node)?.get(target.key);
  const isBrought = node?.incoming.some(({ target: { type, key } }) => type === "parameter" && key === target.key);
  // An edge brings its value while the pipeline runs.
  if (handed === undefined || (isBrought === true && !handed.explicit)) values.delete(name);
  else values.set(name, handed.value);
}

function reportTarget(
  name: string,
  target: { readonly node: string; readonly key: string },
  node: DraftNode | undefined,
  draft: Draft,
  facts: StepFactsCache,
  report: PlanReport,
): void {
  if (draft.refused.has(target.node)) return;
  if (node === undefined) {
    report.problem(
      "configuration",
      `pipeline parameter "${name}": there is no node "${target.node}"`,
      didYouMean(target.node, draft.byName.keys()),
    );
    return;
  }
  const hint = didYouMean(target.key, facts.of(node.step).parameters.keys());
  report.problem(
    "configuration",
    `pipeline parameter "${name}": ${nodeLabel(node, "pipeline")} has no parameter "${target.key}"`,
    hint,
  );
}

function typedValue(
  name: string,
  parameter: Parameter,
  requested: RequestedTexts | undefined,
  fallback: ParameterValue | undefined,
  report: PlanReport,
): ParameterValue | undefined {
  if (requested === undefined && (fallback === undefined || fallback === null)) return undefined;
  const result =
    requested === undefined
      ? validateParameterValue(parameter, fallback)
      : parseParameterValue(parameter, requested.texts);
  if (result.ok) return result.value;
  const kind = requested === undefined ? "configuration" : "request";
  const subject = requested === undefined ? `default of pipeline parameter "${name}"` : `pipeline parameter "${name}"`;
  for (const message of result.messages) report.problem(kind, `${subject}: ${message}`);
  return undefined;
}

function untypedValue(requested: RequestedTexts | undefined): ParameterValue | undefined {
  if (requested === undefined) return undefined;
  return requested.texts.length === 1 ? requested.texts[0] : requested.texts;
}

function handOver(
  byNode: Map<DraftNode, Map<string, HandedValue>>,
  node: DraftNode,
  name: string,
  value: HandedValue,
): void {
  const known = byNode.get(node);
  if (known === undefined) byNode.set(node, new Map([[name, value]]));
  else if (!goesBefore(known.get(name), value)) known.set(name, value);
}

/** A value that the user gives goes before defaults, and the more so the deeper the pipeline that it is given for. */
function goesBefore(known: HandedValue | undefined, value: HandedValue): boolean {
  return known?.explicit === true && (!value.explicit || known.depth > value.depth);
}

export interface NodeParameters {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly parameterEdges: readonly ParameterEdge[];
}

const NO_EDGES: readonly ParameterEdge[] = [];

/** The values of one node that are known before the run, and the edges that bring the others. */
export function planParameters(
  node: DraftNode,
  kind: "step" | "pipeline",
  facts: StepFacts,
  request: AssignedRequest,
  pipelineValues: PipelineValues,
  report: PlanReport,
): NodeParameters {
  const requested = request.nodes.parameters(node);
  const handed = pipelineValues.byNode.get(node);
  const edges = parameterEdges(node, requested, handed, report);
  const parameters =
    requested === undefined && handed === undefined
      ? facts.defaultParameters
      : mergeValues(node, kind, facts, requested, handed, report);
  for (const name of facts.openParameters) {
    if (Object.hasOwn(parameters, name) || requested?.has(name) || handed?.has(name)) continue;
    if (edges.some((edge) => edge.parameter === name) || isUnsound(node, name)) continue;
    const value = kind === "step" ? `${name}=…` : `${node.name}.${name}=…`;
    report.problem("request", `${nodeLabel(node, kind)}: parameter "${name}" is required and has no value`, [
      "give it with ",
      { do: "set", option: "parameter", value },
      ", or make it optional",
    ]);
  }
  return { parameters, parameterEdges: edges };
}

function mergeValues(
  node: DraftNode,
  kind: "step" | "pipeline",
  facts: StepFacts,
  requested: ReadonlyMap<string, RequestedTexts> | undefined,
  handed: ReadonlyMap<string, HandedValue> | undefined,
  report: PlanReport,
): Readonly<Record<string, ParameterValue>> {
  const values: [string, ParameterValue][] = [];
  for (const parameter of facts.parameters.values()) {
    const { name } = parameter;
    const own = requested?.get(name);
    const fallback = Object.hasOwn(facts.defaultParameters, name) ? facts.defaultParameters[name] : undefined;
    const value =
      own === undefined ? (handed?.get(name)?.value ?? fallback) : parseRequested(node, kind, parameter, own, report);
    if (value !== undefined) values.push([name, value]);
  }
  return Object.fromEntries(values);
}

function parseRequested(
  node: DraftNode,
  kind: "step" | "pipeline",
  parameter: Parameter,
  requested: RequestedTexts,
  report: PlanReport,
): ParameterValue | undefined {
  const result = parseParameterValue(parameter, requested.texts);
  if (result.ok) return result.value;
  for (const message of result.messages)
    report.problem("request", `${nodeLabel(node, kind)}, parameter "${parameter.name}": ${message}`);
  return undefined;
}

/** A value that the user gives for this run outranks an edge; a pipeline parameter's mere default does not. */
function parameterEdges(
  node: DraftNode,
  requested: ReadonlyMap<string, RequestedTexts> | undefined,
  handed: ReadonlyMap<string, HandedValue> | undefined,
  report: PlanReport,
): readonly ParameterEdge[] {
  let edges: ParameterEdge[] | undefined;
  for (const edge of node.incoming) {
    if (edge.target.type !== "parameter" || (edge.source.type !== "parameter" && edge.source.type !== "metadata"))
      continue;
    const name = edge.target.key;
    if (requested?.has(name) || handed?.get(name)?.explicit === true) {
      report.warn(`edge ${showEdge(edge)}: the value given for this run takes its place`);
      continue;
    }
    edges ??= [];
    const { type: kind, node: source, key, best } = edge.source;
    edges.push({ parameter: name, from: { kind, node: source, key, ...(best === true ? { best } : {}) } });
  }
  return edges ?? NO_EDGES;
}

function isUnsound(node: DraftNode, name: string): boolean {
  return node.unsound.has(showSocket({ node: node.name, type: "parameter", key: name }));
}
