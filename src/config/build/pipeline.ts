import type { Edge, NodeAction, Pipeline, PipelineNode, PipelineParameter, Socket } from "../model.ts";
import type { Path } from "../report/problem.ts";
import type { EdgeSource, NodeSource, PipelineSource } from "../schema/pipeline.ts";
import { durationOf } from "./duration-of.ts";
import { parameterValue, plainMapping } from "./plain-value.ts";
import { buildPipelineOverride, buildPorts, socketAt, type TargetPaths, targetsOf } from "./ports.ts";
import { filled, listed, present } from "./present.ts";
import type { Report } from "./report.ts";
import { buildOverride } from "./step.ts";
import { type Placed, uniqueEntries } from "./unique.ts";

/** A pipeline with the places of its parts, for the checks between them. */
export interface PlacedPipeline {
  readonly pipeline: Pipeline;
  readonly path: Path;
  readonly nodes: readonly Placed<PipelineNode>[];
  readonly edges: readonly PlacedEdge[];
  /** The places of the targets of pipeline parameters and inputs, and of the sources of pipeline outputs. */
  readonly targetPaths: ReadonlyMap<Socket, Path>;
}

export interface PlacedEdge {
  readonly edge: Edge;
  readonly path: Path;
  /** Keys of its ends: 0 and 1, or `source` and `target`. */
  readonly ends: readonly [source: string | number, target: string | number];
}

const PAIR_ENDS = [0, 1] as const;
const MAPPING_ENDS = ["source", "target"] as const;

/** The pipeline that a checked mapping describes. An edge that cannot be read is reported and left out. */
export function buildPipeline(source: PipelineSource, path: Path, report: Report): PlacedPipeline {
  const list = source.connections === undefined ? "edges" : "connections";
  const edges = (source[list] ?? []).flatMap((edge, index) => buildEdge(edge, [...path, list, index], report));
  const nodes =
    source.nodes === undefined
      ? nodesOfConnections(edges)
      : source.nodes.map((node, index) => ({
          value: buildNode(node, [...path, "nodes", index], report),
          path: [...path, "nodes", index],
        }));
  const targetPaths = new Map<Socket, Path>();
  const { inputs, outputs } = buildPorts(source, path, targetPaths, report);
  const pipeline: Pipeline = {
    name: source.name,
    nodes: nodes.map(({ value }) => value),
    edges: edges.map(({ edge }) => edge),
    parameters: buildParameters(source.parameters, [...path, "parameters"], targetPaths, report),
    ...(inputs.length === 0 ? {} : { inputs }),
    ...(outputs.length === 0 ? {} : { outputs }),
    ...present({ title: filled(source.title), tags: source.tags === undefined ? undefined : listed(source.tags) }),
    reuseExecutions: source["reuse-executions"] ?? true,
  };
  return { pipeline, path, nodes, edges, targetPaths };
}

/**
 * Every step that a connection names is a node of its name, in the order of first appearance. This form is Headrace's
 * own and has no place for `on-error`: what does not depend on a failure goes on.
 */
function nodesOfConnections(edges: readonly PlacedEdge[]): readonly Placed<PipelineNode>[] {
  const nodes = new Map<string, Placed<PipelineNode>>();
  for (const { edge, path, ends } of edges) {
    for (const [end, { node: name }] of [edge.source, edge.target].entries()) {
      if (nodes.has(name)) continue;
      const value: PipelineNode = {
        type: "execution",
        name,
        step: name,
        actions: [],
        onError: "stop-next",
        edgeMergeMode: "replace",
      };
      nodes.set(name, { value, path: [...path, ends[end] ?? 0] });
    }
  }
  return [...nodes.values()];
}

function buildNode(source: NodeSource, path: Path, report: Report): PipelineNode {
  const common = {
    name: source.name,
    actions: (source.actions ?? []).map((action, index) => buildAction(action, [...path, "actions", index], report)),
    ...(source["on-error"] === undefined ? {} : { onError: source["on-error"] }),
  };
  if (source.type === "deployment") {
    return {
      ...common,
      type: "deployment",
      deployment: source.deployment,
      endpoints: source.endpoints ?? [],
      aliases: source.aliases ?? [],
    };
  }
  if (source.type === "pipeline")
    return present({
      ...common,
      type: source.type,
      pipeline: source.pipeline,
      commit: filled(source.commit),
      override: buildPipelineOverride(source.override, [...path, "override"], report),
    }) as PipelineNode;
  const shared = {
    ...common,
    commit: filled(source.commit),
    override: buildOverride(source.override, [...path, "override"], report),
    edgeMergeMode: source["edge-merge-mode"] ?? "replace",
  };
  if (source.type === "execution") return present({ ...shared, type: source.type, step: source.step }) as PipelineNode;
  const { step, task, "for-each": forEach } = source;
  return present({ ...shared, type: source.type, step, task, forEach: filled(forEach) }) as PipelineNode;
}

function buildAction(source: NonNullable<NodeSource["actions"]>[number], path: Path, report: Report): NodeAction {
  const timeoutS = durationOf(source.timeout, [...path, "timeout"], report);
  const remindS = durationOf(source.remind, [...path, "remind"], report);
  return {
    when: [...new Set(listed(source.when).map((when) => when.toLowerCase()))],
    if: listed(source.if),
    // biome-ignore lint/suspicious/noThenProperty: the format has this key
    then: listed(source.then),
    ...(timeoutS === undefined ? {} : { timeoutS, onTimeout: source["on-timeout"] ?? "reject" }),
    ...(remindS === undefined ? {} : { remindS }),
  };
}

function buildEdge(source: EdgeSource, path: Path, report: Report): readonly PlacedEdge[] {
  const isPair = Array.isArray(source);
  const [from, to] = isPair ? source : [source.source, source.target];
  const ends = isPair ? PAIR_ENDS : MAPPING_ENDS;
  const sourceSocket = readSocket(from, path, ends[0], report);
  const targetSocket = readSocket(to, path, ends[1], report);
  if (sourceSocket === undefined || targetSocket === undefined) return [];
  const configuration = isPair ? NO_CONFIGURATION : plainMapping(source.configuration);
  return [{ edge: { source: sourceSocket, target: targetSocket, configuration }, path, ends }];
}

const NO_CONFIGURATION = {};

function readSocket(text: string, edgePath: Path, end: string | number, report: Report): Socket | undefined {
  return socketAt(text, [...edgePath, end], "an end of an edge is `node.type.key`", report);
}

function buildParameters(
  source: PipelineSource["parameters"],
  path: Path,
  paths: TargetPaths,
  report: Report,
): readonly PipelineParameter[] {
  const parameters = (source ?? []).map((parameter, index) =>
    buildPipelineParameter(parameter, [...path, index], paths, report),
  );
  return uniqueEntries("pipeline parameters", parameters, path, report);
}

function buildPipelineParameter(
  source: NonNullable<PipelineSource["parameters"]>[number],
  path: Path,
  paths: TargetPaths,
  report: Report,
): PipelineParameter {
  const written = source.value ?? source.default ?? undefined;
  const value = written === undefined ? undefined : parameterValue(written);
  if (written !== undefined && value === undefined) {
    const key = source.value === undefined || source.value === null ? "default" : "value";
    report(
      "default-not-valid",
      [...path, key],
      `the default of \`${source.name}\` has to be one value or a list of values; this one is ignored`,
    );
  }
  return present({
    name: source.name,
    targets: targetsOf(source, path, "parameter", paths, report),
    default: value,
    category: filled(source.category),
    description: filled(source.description),
  }) as PipelineParameter;
}
