import type { ValohaiApi } from "../../api/index.ts";
import type {
  Config,
  Edge,
  EdgeMergeMode,
  ExecutionNode,
  NodeAction,
  NodeOverride,
  OnError,
  ParameterValue,
  Pipeline,
  PipelineParameter,
  Socket,
  SocketType,
  Step,
  TaskBlueprint,
  TaskNode,
} from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import { variablesOf } from "./execution-changes.ts";
import type { Mimics } from "./mimic-nodes.ts";
import { taskOfTemplate } from "./task-nodes.ts";

type NewPipeline = Parameters<ValohaiApi["pipelines"]["create"]>[0];
type NewNode = NewPipeline["nodes"][number];
type Template = NonNullable<NewNode["template"]>;

/** Nodes of these kinds are read, and cannot be run. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  deployment: "deployments are not run by this version; take the node out",
};

/** The commit of the code that the pipeline comes from: most of its nodes name it. */
export function mainCommitOf({ nodes }: Pick<NewPipeline, "nodes">): string | undefined {
  const counts = new Map<string, number>();
  for (const { template } of nodes)
    if (template?.commit !== undefined) counts.set(template.commit, (counts.get(template.commit) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/**
 * The configuration with the pipeline that a client spelled out, in place of one of its name. A node has what its step
 * has in the file, and on top of it what the client wants otherwise.
 */
export function withPipeline(config: Config, body: NewPipeline, mimics: Mimics = new Map()): Config {
  const names = new Set<string>();
  for (const { name } of body.nodes) {
    if (names.has(name)) throw wrong(`two nodes are called ${JSON.stringify(name)}`, "give each a name of its own");
    names.add(name);
  }
  const main = mainCommitOf(body);
  const steps = new Map(config.steps.map((step) => [step.name, step]));
  const recorded = [...mimics.values()].flatMap(({ step }) => (steps.has(step.name) ? [] : [step]));
  const tasks: TaskBlueprint[] = [];
  const pipeline: Pipeline = {
    name: body.title,
    nodes: body.nodes.map((node) => {
      const mimic = mimics.get(node.name);
      if (mimic !== undefined) return mimicNode(node, mimic.step);
      if (node.type !== "task" || node.template === undefined) return nodeOf(node, steps, main);
      const { task, parameters } = taskOfTemplate(node.name, node.template);
      // Under a name that no task of the file has.
      const own = { ...task, name: `${body.title}.${task.name}` };
      tasks.push(own);
      return taskNodeOf({ ...node, template: { ...node.template, parameters } }, own.name, steps, main);
    }),
    edges: body.edges.map(edgeOf),
    parameters: Object.entries(body.parameters).map(([name, parameter]) => parameterOf(name, parameter)),
    reuseExecutions: body.reuse_executions,
  };
  const known = [...config.steps, ...new Map(recorded.map((step) => [step.name, step])).values()];
  return {
    ...config,
    steps: known,
    tasks: [...config.tasks, ...tasks],
    pipelines: [...config.pipelines.filter(({ name }) => name !== body.title), pipeline],
  };
}

/** It has the results of an earlier node, and a step only so that its edges mean something. */
function mimicNode({ name }: NewNode, { name: step }: Step): ExecutionNode {
  return { type: "execution", name, step, edgeMergeMode: "replace", actions: [] };
}

/** A node of another commit would take its task from there, where the client's is not. */
function taskNodeOf(node: NewNode, task: string, steps: ReadonlyMap<string, Step>, main: string | undefined): TaskNode {
  const { type: _, step: __, commit, ...rest } = nodeOf({ ...node, type: "execution" }, steps, main);
  if (commit === undefined) return { ...rest, type: "task", task };
  throw new HeadraceError("HR_NOT_SUPPORTED", `node ${node.name}: a task of another commit is not supported`, {
    hint: "take the commit of the pipeline's other nodes",
  });
}

function nodeOf(node: NewNode, steps: ReadonlyMap<string, Step>, main: string | undefined): ExecutionNode {
  const { name, type, template } = node;
  if (type !== "execution" || template === undefined) {
    const hint = UNSUPPORTED[type] ?? "use nodes of the type execution";
    throw new HeadraceError("HR_NOT_SUPPORTED", `node ${name}: nodes of the type ${type} are not supported`, { hint });
  }
  const isOther = template.commit !== undefined && template.commit !== main;
  const step = isOther ? undefined : steps.get(template.step);
  return {
    ...{ type, name, step: template.step, edgeMergeMode: mergeModeOf(node) },
    actions: (node.actions ?? []).map((action) => actionOf(action, name)),
    ...(node["on-error"] !== undefined && { onError: onErrorOf(node["on-error"], name) }),
    ...(isOther && { commit: template.commit as string }),
    ...(step !== undefined && { override: overrideOf(template, step, name) }),
  };
}

/** Returns the differences between the template and the step; inputs and parameters are those of the template. */
function overrideOf(template: Template, step: Step, node: string): NodeOverride {
  const { image, environment, command } = template;
  requireKnown(Object.keys(template.inputs), step.inputs, { node, step, kind: "input" });
  requireKnown(Object.keys(template.parameters), step.parameters, { node, step, kind: "parameter" });
  const variables = variablesOf({ ...template["environment-variables"], ...template.environment_variables });
  const known = new Set(step.environmentVariables.map(({ name }) => name));
  return {
    ...(typeof image === "string" && { image }),
    ...(typeof environment === "string" && environment !== "" && { environment }),
    ...(command !== undefined && { command: typeof command === "string" ? [command] : command }),
    inputs: step.inputs.flatMap((input) => {
      const uris = template.inputs[input.name];
      return uris === undefined || uris === null ? [] : [{ ...input, default: uris }];
    }),
    parameters: step.parameters.flatMap((parameter) => {
      const value = template.parameters[parameter.name];
      if (value === undefined) return [];
      const { default: _, defaultTexts: __, ...rest } = parameter;
      return [value === null ? rest : { ...rest, default: parameterValueOf(value, `${node}.${parameter.name}`) }];
    }),
    environmentVariables: [
      ...step.environmentVariables.map((variable) => {
        const value = variables[variable.name];
        return value === undefined ? variable : { ...variable, default: value };
      }),
      ...Object.entries(variables).flatMap(([name, value]) =>
        known.has(name) ? [] : [{ name, default: value, optional: true }],
      ),
    ],
  };
}

function requireKnown(
  names: readonly string[],
  known: readonly { readonly name: string }[],
  { node, step, kind }: { readonly node: string; readonly step: Step; readonly kind: string },
): void {
  const all = known.map(({ name }) => name);
  const unknown = names.find((name) => !all.includes(name));
  if (unknown === undefined) return;
  const hint = all.length === 0 ? `it has no ${kind}s` : `its ${kind}s are ${all.join(", ")}`;
  throw wrong(`node ${node}: step ${step.name} has no ${kind} ${JSON.stringify(unknown)}`, hint);
}

/** A value, or the expression of one: `{style: single, rules: {value: …}}`. */
export function parameterValueOf(value: unknown, place: string): ParameterValue {
  if (isScalar(value)) return value;
  if (Array.isArray(value) && value.every(isScalar)) return value;
  if (typeof value === "object" && value !== null && "style" in value && value.style === "single" && "rules" in value)
    return parameterValueOf((value.rules as { readonly value?: unknown } | null)?.value ?? null, place);
  throw wrong(`${place}: this is no value of a parameter`, "give a text, a number, true or false, or a list of these");
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

const MERGE_MODES: readonly EdgeMergeMode[] = ["replace", "append"];

function mergeModeOf(node: NewNode): EdgeMergeMode {
  const written = node["edge-merge-mode"] ?? "replace";
  return MERGE_MODES.find((mode) => mode === written) ?? oneOf(`node ${node.name}: edge-merge-mode`, MERGE_MODES);
}

const ON_ERROR: readonly OnError[] = ["stop-all", "stop-next", "continue", "retry"];

function onErrorOf(written: string, node: string): OnError {
  return ON_ERROR.find((each) => each === written) ?? oneOf(`node ${node}: on-error`, ON_ERROR);
}

function actionOf(action: unknown, node: string): NodeAction {
  const fields = typeof action === "object" && action !== null ? (action as Readonly<Record<string, unknown>>) : {};
  const listed = (name: string): readonly string[] => {
    const value = fields[name] ?? [];
    const list = Array.isArray(value) ? value : [value];
    if (list.every((each) => typeof each === "string")) return list;
    throw wrong(`node ${node}: \`${name}\` of an action is a text or a list of texts`, "compare it with the file");
  };
  // biome-ignore lint/suspicious/noThenProperty: the format has this key
  return { when: listed("when").map((when) => when.toLowerCase()), if: listed("if"), then: listed("then") };
}

const SOCKET_TYPES: readonly SocketType[] = [
  ...([
    "output",
    "input",
    "parameter",
    "metadata",
    "file",
    "environment-variable",
    "dependency",
    "deployment",
  ] as const),
];

/** The server of Valohai takes the plural, too. */
function socketOf(node: string, type: string, key: string): Socket {
  const singular = type.replace(/s$/, "");
  const known = SOCKET_TYPES.find((each) => each === type || each === singular);
  return { node, type: known ?? oneOf(`edge of node ${node}: type`, SOCKET_TYPES), key };
}

function edgeOf(edge: NewPipeline["edges"][number]): Edge {
  return {
    source: socketOf(edge.source_node, edge.source_type, edge.source_key),
    target: socketOf(edge.target_node, edge.target_type, edge.target_key),
    configuration: edge.configuration ?? {},
  };
}

function parameterOf(name: string, { config, expression }: NewPipeline["parameters"][string]): PipelineParameter {
  const { targets = [] } = config;
  const sockets = (Array.isArray(targets) ? targets : [targets]).map((target): Socket => {
    const [node = "", type = "", ...key] = target.split(".");
    if (key.length === 0 || !type.startsWith("parameter"))
      throw wrong(`pipeline parameter ${name}: ${JSON.stringify(target)} is no target`, "write NODE.parameter.NAME");
    return { node, type: "parameter", key: key.join(".") };
  });
  const value = expression === undefined ? null : parameterValueOf(expression, `pipeline parameter ${name}`);
  // The client has an empty text for a parameter that nobody gave a value.
  return { name, targets: sockets, ...(value !== null && value !== "" && { default: value }) };
}

function oneOf(place: string, known: readonly string[]): never {
  throw wrong(`${place} is unknown`, `choose from: ${known.join(", ")}`);
}

function wrong(message: string, hint: string): HeadraceError {
  return new HeadraceError("HR_PLAN_INVALID", message, { hint });
}
