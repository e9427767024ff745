import type { Draft, DraftNode } from "./draft.ts";
import type { FlatPipeline } from "./expand-pipeline.ts";
import { didYouMean } from "./nearest-name.ts";
import { nodeLabel } from "./node-label.ts";
import { NodeRequests, type RequestedTexts } from "./node-request.ts";
import type { InputAssignment, ParameterAssignment, RunRequest } from "./plan.ts";
import type { PlanReport } from "./plan-report.ts";
import type { StepFactsCache } from "./step-facts.ts";

export interface AssignedRequest {
  readonly nodes: NodeRequests;
  /** Values given for pipeline parameters, by name. */
  readonly pipelineParameters: ReadonlyMap<string, RequestedTexts>;
}

interface Context {
  readonly draft: Draft;
  /** Absent for a run of a single step. */
  readonly pipeline?: FlatPipeline;
  readonly facts: StepFactsCache;
  readonly report: PlanReport;
  readonly nodes: NodeRequests;
}

/**
 * Finds out which node or pipeline parameter each assignment of the request means, and reports those that mean nothing.
 */
export function assignRequest(
  request: RunRequest,
  draft: Draft,
  pipeline: FlatPipeline | undefined,
  facts: StepFactsCache,
  report: PlanReport,
): AssignedRequest {
  const context: Context = {
    draft,
    facts,
    report,
    nodes: new NodeRequests(),
    ...(pipeline === undefined ? {} : { pipeline }),
  };
  const pipelineParameters = new Map<string, RequestedTexts>();
  for (const assignment of request.parameters) assignParameter(context, assignment, pipelineParameters);
  handDefaults(context);
  // Files that are given for an inner pipeline, or for a node, are the more specific.
  const depthOf = ({ input }: { readonly input: NamedInput | undefined }): number => input?.depth ?? Infinity;
  const inputs = request.inputs.map((assignment) => ({ assignment, input: inputNamed(context, fullName(assignment)) }));
  for (const { assignment, input } of inputs.toSorted((a, b) => depthOf(a) - depthOf(b))) {
    if (input === undefined) assignInput(context, assignment);
    else assignNamedInput(context, input, urisOf(assignment));
  }
  return { nodes: context.nodes, pipelineParameters };
}

function assignParameter(
  context: Context,
  assignment: ParameterAssignment,
  pipelineParameters: Map<string, RequestedTexts>,
): void {
  const { facts, report, pipeline } = context;
  const full = fullName(assignment);
  const value = { texts: assignment.values, label: full };
  if (pipeline?.parameters.some((parameter) => parameter.name === full)) {
    pipelineParameters.set(full, value);
    return;
  }
  const place = findPlace(context, full, (node) => facts.of(node.step).parameters);
  if (place === undefined) {
    reportUnknown(context, "parameter", full, (node) => facts.of(node.step).parameters);
    return;
  }
  if (facts.of(place.node.step).parameters.has(place.name)) {
    context.nodes.setParameter(place.node, place.name, value);
    return;
  }
  const hint = didYouMean(place.name, facts.of(place.node.step).parameters.keys()) ?? "it has no parameters";
  report.problem(
    "request",
    `${nodeLabel(place.node, pipeline === undefined ? "step" : "pipeline")} has no parameter "${place.name}"`,
    hint,
  );
}

type NamedInput = FlatPipeline["inputs"][number];

function inputNamed({ pipeline }: Context, name: string): NamedInput | undefined {
  return pipeline?.inputs.find((input) => input.name === name);
}

/** The inputs of a pipeline hand their defaults on; those of an outer one take the place of those of an inner one. */
function handDefaults({ pipeline, draft, nodes }: Context): void {
  for (const { name, targets, default: uris } of pipeline?.inputs ?? []) {
    for (const target of targets) {
      const node = draft.byName.get(target.node);
      if (node !== undefined) nodes.handInput(node, target.key, { name, uris });
    }
  }
}

function assignNamedInput(
  { draft, facts, nodes, report }: Context,
  { name, targets }: NamedInput,
  uris: readonly string[],
): void {
  if (targets.length === 0) report.warn(`pipeline input "${name}" has no target; its files go nowhere`);
  for (const { node: target, key } of targets) {
    const node = draft.byName.get(target);
    if (node !== undefined && facts.of(node.step).inputNames.has(key)) nodes.setInput(node, key, uris);
  }
}

function urisOf({ uris }: InputAssignment): readonly string[] {
  return uris.filter((uri) => uri.trim() !== "");
}

function assignInput(context: Context, assignment: InputAssignment): void {
  const { draft, facts, report, pipeline } = context;
  const full = fullName(assignment);
  const uris = urisOf(assignment);
  const place = findPlace(context, full, (node) => facts.of(node.step).inputNames);
  if (place !== undefined) {
    if (facts.of(place.node.step).inputNames.has(place.name)) {
      context.nodes.setInput(place.node, place.name, uris);
      return;
    }
    const hint = didYouMean(place.name, facts.of(place.node.step).inputNames) ?? "it has no inputs";
    report.problem(
      "request",
      `${nodeLabel(place.node, pipeline === undefined ? "step" : "pipeline")} has no input "${place.name}"`,
      hint,
    );
    return;
  }
  const declaring = draft.nodes.filter((node) => facts.of(node.step).inputNames.has(full));
  const open = declaring.filter(
    (node) => !node.incoming.some((edge) => edge.target.type === "input" && edge.target.key === full),
  );
  // A bare name feeds every node that takes an input of this name from outside.
  for (const node of open) context.nodes.setInput(node, full, uris);
  const [fed] = declaring;
  if (open.length > 0) return;
  if (fed === undefined) {
    reportUnknown(context, "input", full, (node) => facts.of(node.step).inputNames);
    return;
  }
  report.problem("request", `input "${full}" of node ${fed.name} is fed by an edge`, [
    "to replace the edge, give ",
    { do: "set", option: "input", value: `${fed.name}.${full}=…` },
  ]);
}

function fullName(assignment: { readonly node?: string; readonly name: string }): string {
  return assignment.node === undefined ? assignment.name : `${assignment.node}.${assignment.name}`;
}

interface Names {
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/**
 * Reads `node.name`. Node names and item names may hold dots themselves, so every dot is tried; the first split that
 * names something existing wins, else the first that names a node. In a run of one step the node may be left out.
 */
function findPlace(
  { draft, pipeline }: Context,
  full: string,
  namesOf: (node: DraftNode) => Names,
): { readonly node: DraftNode; readonly name: string } | undefined {
  const [only] = draft.nodes;
  if (pipeline === undefined && only !== undefined && namesOf(only).has(full)) return { node: only, name: full };
  let fallback: { readonly node: DraftNode; readonly name: string } | undefined;
  for (let dot = full.indexOf("."); dot !== -1; dot = full.indexOf(".", dot + 1)) {
    const node = draft.byName.get(full.slice(0, dot));
    if (node === undefined) continue;
    const place = { node, name: full.slice(dot + 1) };
    if (namesOf(node).has(place.name)) return place;
    fallback ??= place;
  }
  if (fallback === undefined && pipeline === undefined && only !== undefined) return { node: only, name: full };
  return fallback;
}

function reportUnknown(
  context: Context,
  kind: "parameter" | "input",
  full: string,
  namesOf: (node: DraftNode) => Names,
): void {
  const { draft, pipeline, report } = context;
  const dot = full.indexOf(".");
  const isRefused = [...draft.refused].some((name) => full.startsWith(`${name}.`));
  if (isRefused) return;
  if (dot > 0) {
    const name = full.slice(0, dot);
    report.problem(
      "request",
      `${kind} "${full}": there is no node "${name}" in pipeline ${pipeline?.name ?? ""}`,
      didYouMean(name, draft.byName.keys()),
    );
    return;
  }
  const owners = draft.nodes.filter((node) => namesOf(node).has(full));
  const named = (kind === "parameter" ? pipeline?.parameters : pipeline?.inputs) ?? [];
  const own = [...named.map(({ name }) => name), ...(kind === "parameter" ? [] : inputNames(draft, namesOf))];
  report.problem(
    "request",
    `pipeline ${pipeline?.name ?? ""} has no ${kind} "${full}"`,
    hintFor(full, owners, own) ?? ofNodes(draft, kind, namesOf),
  );
}

/** For a pipeline that has none itself. */
function ofNodes(draft: Draft, kind: string, namesOf: (node: DraftNode) => Names): string {
  const names = draft.nodes.flatMap((node) => [...namesOf(node).keys()].map((name) => `${node.name}.${name}`));
  return didYouMean("", names) ?? `it has no ${kind}s, and none of its nodes has any`;
}

function hintFor(full: string, owners: readonly DraftNode[], own: readonly string[]): string | undefined {
  const [first] = owners;
  if (first !== undefined) {
    const names = owners.slice(0, 5).map((node) => `${node.name}.${full}`);
    return `it belongs to ${owners.length === 1 ? "a node" : "nodes"}: say ${names.join(" or ")}`;
  }
  return didYouMean(full, own);
}

function inputNames(draft: Draft, namesOf: (node: DraftNode) => Names): readonly string[] {
  return [...new Set(draft.nodes.flatMap((node) => [...namesOf(node).keys()]))];
}
