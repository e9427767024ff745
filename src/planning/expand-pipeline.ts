import {
  type Config,
  type Edge,
  MOST_NODES,
  MOST_PIPELINES_DEEP,
  type OnError,
  type Pipeline,
  type PipelineInput,
  type PipelineOverride,
  type PipelineParameter,
  type PlainNode,
  type Socket,
  type SubPipelineNode,
} from "../config/index.ts";
import { showEdge, showSocket } from "./edges.ts";
import { didYouMean } from "./nearest-name.ts";
import { isLibrary, type NodeCommits } from "./node-commits.ts";
import type { PlannedGroup, PlannedOutput } from "./plan.ts";
import type { PlanReport } from "./plan-report.ts";

/** A parameter or input of a pipeline, or of one that its nodes run: `eu.month`. */
export type WithDepth<Port> = Port & {
  /** 0 for the pipeline itself; a value that is given for an inner one is the more specific. */
  readonly depth: number;
};

/**
 * A pipeline whose nodes are steps and tasks alone: those of the pipelines that it runs stand in place of the nodes
 * that run them, as `eu.train`, so that everything behind planning has one kind of graph.
 */
export interface FlatPipeline extends Pipeline {
  readonly nodes: readonly PlainNode[];
  /** Those of inner pipelines come first. */
  readonly parameters: readonly WithDepth<PipelineParameter>[];
  readonly inputs: readonly WithDepth<PipelineInput>[];
  readonly groups: readonly PlannedGroup[];
  /** Names of groups by the names of their nodes. */
  readonly groupOf: ReadonlyMap<string, string>;
  /** Nodes of pipelines with `reuse-executions: false`. */
  readonly alwaysRun: ReadonlySet<string>;
  readonly results: readonly PlannedOutput[];
  /** Sockets whose edges were reported: what those would have brought is not reported as missing as well. */
  readonly unsound: ReadonlySet<string>;
}

/** A dependency between two large groups is an edge for each pair of their ends. */
const MOST_EDGES = 1_000_000;

/** Puts the nodes of the pipelines that a pipeline runs in the place of the nodes that run them. */
export function expandPipeline(
  sources: { readonly config: Config; readonly commits: NodeCommits },
  pipeline: Pipeline,
  report: PlanReport,
): FlatPipeline {
  const collected: Collected = {
    ...{ nodes: [], edges: [], parameters: [], inputs: [], groups: [] },
    ...{ groupOf: new Map(), alwaysRun: new Set(), unsound: new Set() },
  };
  const expander = { commits: sources.commits, report, collected };
  const opened = open(expander, pipeline, { config: sources.config, prefix: "", around: [pipeline.name] });
  const results = [...opened.outputs].map(([name, { socket, description }]): PlannedOutput => {
    const { node, type, key, best } = socket;
    return {
      ...{ name, node, kind: type === "metadata" ? type : "output", key },
      ...(description === undefined ? {} : { description }),
      ...(best === true ? { best } : {}),
    };
  });
  return { ...pipeline, ...collected, results };
}

interface Collected {
  readonly nodes: PlainNode[];
  readonly edges: Edge[];
  readonly parameters: WithDepth<PipelineParameter>[];
  readonly inputs: WithDepth<PipelineInput>[];
  readonly groups: PlannedGroup[];
  readonly groupOf: Map<string, string>;
  readonly alwaysRun: Set<string>;
  readonly unsound: Set<string>;
}

interface Expander {
  readonly commits: NodeCommits;
  readonly report: PlanReport;
  readonly collected: Collected;
}

/** The place where a pipeline stands. */
interface Place {
  readonly config: Config;
  /** The commit that a node around it names. */
  readonly commit?: string;
  /** `eu.clean.`; empty for the pipeline that runs. */
  readonly prefix: string;
  /** Names of the pipelines around it, with the commits they come from, and its own. */
  readonly around: readonly string[];
  readonly onError?: OnError;
}

/** The sockets of a pipeline, as sockets of nodes of the flat graph. */
interface Opened {
  readonly inputs: ReadonlyMap<string, readonly Socket[]>;
  readonly parameters: ReadonlyMap<string, readonly Socket[]>;
  readonly outputs: ReadonlyMap<string, { readonly socket: Socket; readonly description?: string }>;
  /** The nodes that nothing in it comes before, and those that nothing in it follows. */
  readonly firsts: readonly string[];
  readonly lasts: readonly string[];
}

function open(expander: Expander, pipeline: Pipeline, place: Place): Opened {
  const { collected, report } = expander;
  const { prefix } = place;
  const inner = new Map<string, Opened | undefined>();
  const begin = collected.nodes.length;
  if (pipeline.nodes.length === 0) report.problem("configuration", `pipeline ${pipeline.name} has no nodes`);
  const names = new Set<string>();
  for (const node of pipeline.nodes) {
    // Two steps of one name are found in the flat graph.
    if (names.has(node.name) && (node.type === "pipeline" || inner.has(node.name))) {
      const message = `pipeline ${pipeline.name} has two nodes named "${node.name}"`;
      report.problem("configuration", message, "node names must differ");
      continue;
    }
    names.add(node.name);
    if (node.type === "pipeline") inner.set(node.name, openNode(expander, node, place));
    else addNode(expander, pipeline, node, place);
  }
  const own = collected.nodes.slice(begin).map(({ name }) => name);
  const resolver: Resolver = { pipeline, prefix, inner, report };
  const beginEdges = collected.edges.length;
  for (const edge of pipeline.edges) addEdge(resolver, edge, collected);
  const depth = place.around.length - 1;
  const parameters = portTargets(resolver, "parameter", pipeline.parameters);
  const inputs = portTargets(resolver, "input", pipeline.inputs ?? []);
  for (const each of pipeline.parameters)
    collected.parameters.push({ ...each, name: prefix + each.name, targets: parameters.get(each.name) ?? [], depth });
  for (const each of pipeline.inputs ?? [])
    collected.inputs.push({ ...each, name: prefix + each.name, targets: inputs.get(each.name) ?? [], depth });
  const outputs = new Map<string, { readonly socket: Socket; readonly description?: string }>();
  for (const { name, source, description } of pipeline.outputs ?? []) {
    const place = `pipeline ${pipeline.name}, output "${name}"`;
    const [socket] = socketsOf(resolver, source, "source", place) ?? [];
    if (socket !== undefined) outputs.set(name, { socket, ...(description === undefined ? {} : { description }) });
  }
  const joined = collected.edges.slice(beginEdges);
  const targets = new Set(joined.map(({ target }) => target.node));
  const sources = new Set(joined.map(({ source }) => source.node));
  return {
    ...{ inputs, parameters, outputs },
    firsts: own.filter((name) => !targets.has(name)),
    lasts: own.filter((name) => !sources.has(name)),
  };
}

function addNode({ collected, report }: Expander, pipeline: Pipeline, node: PlainNode, place: Place): void {
  const { prefix, commit, onError } = place;
  const name = prefix + node.name;
  if (collected.nodes.length === MOST_NODES && prefix !== "") {
    const message = `pipeline ${pipeline.name}: with the pipelines that it runs, it has more than ${MOST_NODES} nodes`;
    report.problem("configuration", message, "run fewer of them");
  }
  if (collected.nodes.length >= MOST_NODES && prefix !== "") return;
  collected.nodes.push({
    ...node,
    name,
    ...(node.type !== "deployment" && node.commit === undefined && commit !== undefined ? { commit } : {}),
    ...(node.onError === undefined && onError !== undefined ? { onError } : {}),
  } as PlainNode);
  if (prefix !== "") collected.groupOf.set(name, prefix.slice(0, -1));
  if (!pipeline.reuseExecutions) collected.alwaysRun.add(name);
}

function openNode(expander: Expander, node: SubPipelineNode, place: Place): Opened | undefined {
  const { report, collected } = expander;
  const name = place.prefix + node.name;
  const label = `node ${name}`;
  if (node.actions.length > 0) {
    const hint = `give them to the nodes of pipeline ${node.pipeline} at which they are due`;
    report.problem("configuration", `${label}: a node that runs a pipeline has no actions of its own`, hint);
  }
  const found = sourceOf(expander, node, place, label);
  if (found === undefined) return undefined;
  const { config, commit } = found;
  const pipeline = config.pipelines.findLast((each) => each.name === node.pipeline);
  if (pipeline === undefined) {
    const where = commit === undefined ? "" : ` in commit ${commit}`;
    const known = config.pipelines.map((each) => each.name);
    const message = `${label}: there is no pipeline named "${node.pipeline}"${where}`;
    report.problem("configuration", message, didYouMean(node.pipeline, known));
    return undefined;
  }
  const word = commit === undefined ? pipeline.name : `${pipeline.name} of ${commit}`;
  if (place.around.includes(word)) {
    const way = [...place.around.slice(place.around.indexOf(word)), word].join(" → ");
    report.problem("configuration", `${label}: the pipeline runs itself: ${way}`, "run another pipeline there");
    return undefined;
  }
  if (place.around.length >= MOST_PIPELINES_DEEP) {
    const message = `${label}: more than ${MOST_PIPELINES_DEEP} pipelines stand within each other`;
    report.problem("configuration", message, "take one of them apart");
    return undefined;
  }
  const parent = place.prefix.slice(0, -1);
  collected.groups.push({
    ...{ name, pipeline: pipeline.name },
    ...(commit === undefined ? {} : { commit }),
    ...(parent === "" ? {} : { parent }),
  });
  const onError = node.onError ?? place.onError;
  return open(expander, overridden(pipeline, node.override, label, report), {
    ...{ config, prefix: `${name}.`, around: [...place.around, word] },
    ...(commit === undefined ? {} : { commit }),
    ...(onError === undefined ? {} : { onError }),
  });
}

/** The configuration that a node's pipeline comes from. */
function sourceOf(
  { commits, report }: Expander,
  node: SubPipelineNode,
  { config, commit }: Place,
  label: string,
): { readonly config: Config; readonly commit?: string } | undefined {
  if (node.commit === undefined) return { config, ...(commit === undefined ? {} : { commit }) };
  if (isLibrary(node.commit)) {
    const message = `${label}: pipelines of a library (${node.commit}) are not supported by this version`;
    report.problem("not-supported", message, "copy the pipeline into the file, and remove `commit` from the node");
    return undefined;
  }
  const found = commits.get(node.commit);
  if (found?.ok === true) return { config: found.config, commit: node.commit };
  report.problem(
    "configuration",
    `${label}: ${found?.message ?? `the commit ${node.commit} was not looked up`}`,
    found?.hint,
  );
  return undefined;
}

function overridden(
  pipeline: Pipeline,
  override: PipelineOverride | undefined,
  label: string,
  report: PlanReport,
): Pipeline {
  if (override === undefined) return pipeline;
  const { inputs = [], parameters } = pipeline;
  const check = (
    noun: string,
    names: readonly { readonly name: string }[],
    of: readonly { readonly name: string }[],
  ) => {
    const known = new Set(of.map(({ name }) => name));
    for (const { name } of names)
      if (!known.has(name))
        report.problem(
          "configuration",
          `${label}: pipeline ${pipeline.name} has no ${noun} "${name}" to override`,
          didYouMean(name, known),
        );
  };
  check("input", override.inputs, inputs);
  check("parameter", override.parameters, parameters);
  const values = new Map(override.parameters.map((each) => [each.name, each]));
  const uris = new Map(override.inputs.map((each) => [each.name, each.default]));
  return {
    ...pipeline,
    parameters: parameters.map((parameter) => {
      const own = values.get(parameter.name);
      if (own === undefined) return parameter;
      const { default: _, ...rest } = parameter;
      return own.default === undefined ? rest : { ...rest, default: own.default };
    }),
    inputs: inputs.map((input) => ({ ...input, default: uris.get(input.name) ?? input.default })),
  };
}

interface Resolver {
  readonly pipeline: Pipeline;
  readonly prefix: string;
  /** Nodes that run pipelines; undefined: what is wrong with one has been said. */
  readonly inner: ReadonlyMap<string, Opened | undefined>;
  readonly report: PlanReport;
}

function addEdge(resolver: Resolver, edge: Edge, { edges, unsound }: Collected): void {
  const { inner, prefix, pipeline, report } = resolver;
  if (!inner.has(edge.source.node) && !inner.has(edge.target.node)) {
    edges.push({
      ...edge,
      source: { ...edge.source, node: prefix + edge.source.node },
      target: { ...edge.target, node: prefix + edge.target.node },
    });
    return;
  }
  const label = prefix === "" ? `edge ${showEdge(edge)}` : `pipeline ${pipeline.name}, edge ${showEdge(edge)}`;
  const sources = socketsOf(resolver, edge.source, "source", label);
  const targets = socketsOf(resolver, edge.target, "target", label);
  if (sources === undefined || targets === undefined) {
    for (const target of targets ?? []) unsound.add(showSocket(target));
    return;
  }
  if (edges.length + sources.length * targets.length > MOST_EDGES) {
    report.problem("configuration", `${label}: more than ${MOST_EDGES} edges come of it`, "join fewer nodes");
    return;
  }
  for (const source of sources) for (const target of targets) edges.push({ ...edge, source, target });
}

/** A socket of a node, as those of the flat graph that stand for it. Undefined: what is wrong has been said. */
function socketsOf(
  { inner, prefix, pipeline, report }: Resolver,
  socket: Socket,
  side: "source" | "target",
  label: string,
): readonly Socket[] | undefined {
  const name = prefix + socket.node;
  if (!inner.has(socket.node)) return [{ ...socket, node: name }];
  const opened = inner.get(socket.node);
  if (opened === undefined) return undefined;
  const runs = pipeline.nodes.find((node) => node.type === "pipeline" && node.name === socket.node) as SubPipelineNode;
  const { type, key } = socket;
  if (type === "dependency")
    return (side === "source" ? opened.lasts : opened.firsts).map((node) => ({ node, type, key }));
  const refuse = (message: string, hint?: string): undefined => {
    report.problem("configuration", `${label}: ${message}`, hint);
  };
  if (socket.best === true) return refuse(`only a task has a best execution, and node ${socket.node} runs a pipeline`);
  if (type === "input" || type === "parameter") {
    const known = type === "input" ? opened.inputs : opened.parameters;
    const targets = known.get(key);
    if (targets === undefined)
      return refuse(`pipeline ${runs.pipeline} has no ${type} "${key}"`, didYouMean(key, known.keys()));
    if (side === "target") return targets;
    const [first] = targets;
    return first === undefined ? refuse(`the ${type} "${key}" of pipeline ${runs.pipeline} goes nowhere`) : [first];
  }
  if (side === "source" && (type === "output" || type === "metadata")) {
    const output = opened.outputs.get(key)?.socket;
    if (output?.type === type) return [output];
    const other =
      output === undefined ? didYouMean(key, opened.outputs.keys()) : `it is ${socket.node}.${output.type}.${key}`;
    return refuse(
      `pipeline ${runs.pipeline} has no ${type === "output" ? "output of files" : "output of metadata"} "${key}"`,
      other,
    );
  }
  const hint = "the sockets of such a node are the inputs, parameters and outputs of its pipeline";
  return refuse(`node ${socket.node} runs a pipeline, and has no ${showSocket(socket)}`, hint);
}

function portTargets(
  resolver: Resolver,
  noun: "parameter" | "input",
  ports: readonly { readonly name: string; readonly targets: readonly Socket[] }[],
): ReadonlyMap<string, readonly Socket[]> {
  return new Map(
    ports.map(({ name, targets }) => [
      name,
      targets.flatMap(
        (target) =>
          socketsOf(resolver, target, "target", `pipeline ${resolver.pipeline.name}, ${noun} "${name}"`) ?? [],
      ),
    ]),
  );
}
