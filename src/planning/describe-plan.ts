import type { PlanView } from "../api/index.ts";
import { type Parameter, type ParameterValue, THIS_MACHINE } from "../config/index.ts";
import { describeTask, variedIn } from "./describe-task.ts";
import type { Plan, PlannedInput, PlannedNode } from "./plan.ts";
import { commandOf } from "./resolve-node.ts";

type NodeDescription = Omit<PlanView["nodes"][number], "prediction">;

/**
 * Shows a plan before it runs. Values that come over edges from values known already are filled in; those that only the
 * run will bring stand as their socket in braces, `{evaluate.metadata.auc}`, in the command as well.
 */
export function describePlan(plan: Plan): Omit<PlanView, "nodes" | "warnings"> & {
  readonly nodes: readonly NodeDescription[];
} {
  const described = new Map<string, Described>();
  for (const node of plan.nodes) described.set(node.name, describeNode(node, described));
  const { groups = [], outputs = [], title = null, tags = [] } = plan;
  return {
    kind: plan.kind,
    name: plan.name,
    nodes: [...described.values()].map((item) => item.description),
    groups: groups.map(({ commit = null, parent = null, ...group }) => ({ ...group, commit, parent })),
    outputs: outputs.map(({ name, node, kind, key, best }) => ({
      name,
      source: `${node}.${best === true ? "best." : ""}${kind}.${key}`,
    })),
    ...{ title, tags },
  };
}

interface Described {
  readonly description: NodeDescription;
  /** Placeholders of the parameters whose value only the run will bring. */
  readonly unknown: ReadonlyMap<string, string>;
}

type Before = ReadonlyMap<string, Described>;

function describeNode(node: PlannedNode, before: Before): Described {
  const unknown = new Map<string, string>();
  const known = new Map(Object.entries(node.parameters));
  for (const { parameter, from } of node.parameterEdges) {
    const source = before.get(from.node);
    const placeholder =
      from.kind === "metadata" || from.best === true
        ? `{${from.node}.${from.best === true ? "best." : ""}${from.kind}.${from.key}}`
        : source?.unknown.get(from.key);
    const value = own(source?.description.parameters, from.key);
    if (placeholder !== undefined) unknown.set(parameter, placeholder);
    else if (value !== undefined) known.set(parameter, value);
  }
  // The values that each execution of a task has for itself.
  if (node.kind === "task") for (const name of variedIn(node)) unknown.set(name, `{${node.name}.${name}}`);
  const parameters = inDeclarationOrder(node.step.parameters, (name) => unknown.get(name) ?? known.get(name));
  const description: NodeDescription = {
    name: node.name,
    kind: node.kind,
    step: node.step.name,
    group: node.group ?? null,
    commit: node.commit ?? null,
    command: commandWithPlaceholders(node, parameters, unknown),
    parameters,
    parametersFrom: node.parameterEdges.map(({ parameter, from: { kind, node: source, key, best } }) => ({
      ...{ parameter, kind, node: source, key: best === true ? `best.${key}` : key },
    })),
    inputs: Object.fromEntries(node.inputs.map((input) => [input.name, input.sources.map(describeSource)])),
    environmentVariables: describeVariables(node, before),
    secretVariables: node.secretVariables ?? [],
    environment: node.environment ?? THIS_MACHINE,
    dependsOn: node.dependsOn,
    task: node.kind === "task" ? describeTask(node) : null,
  };
  return { description, unknown };
}

function inDeclarationOrder(
  parameters: readonly Parameter[],
  find: (name: string) => ParameterValue | undefined,
): Readonly<Record<string, ParameterValue>> {
  return Object.fromEntries(
    parameters.flatMap(({ name }) => {
      const value = find(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Placeholders go through the building of the command as bare words, so that they end up unquoted and recognisable. */
function commandWithPlaceholders(
  node: PlannedNode,
  parameters: Readonly<Record<string, ParameterValue>>,
  unknown: ReadonlyMap<string, string>,
): readonly string[] {
  if (unknown.size === 0) return commandOf(node, parameters);
  const shown = new Map(
    [...unknown.values()].map((placeholder, index) => [`headrace-not-known-yet-${index}-`, placeholder]),
  );
  const stand = new Map([...shown].map(([word, placeholder]) => [placeholder, word]));
  const values = Object.entries(parameters).map(
    ([name, value]) => [name, stand.get(unknown.get(name) ?? "") ?? value] as const,
  );
  const lines = commandOf(node, Object.fromEntries(values));
  return lines.map((line) => line.replaceAll(/headrace-not-known-yet-\d+-/g, (word) => shown.get(word) ?? word));
}

function describeSource(source: PlannedInput["sources"][number]): NodeDescription["inputs"][string][number] {
  if (source.kind === "uri") return { from: source.uri, kind: source.kind };
  if (source.kind === "given") {
    const names = source.files.map(({ name }) => name).join(", ");
    return { from: `given: ${names}`, kind: source.kind, pattern: names };
  }
  const { kind, node, pattern } = source;
  const best = kind === "output" && source.best === true ? "best." : "";
  return { from: `${node}.${best}${kind}.${pattern}`, kind, node, pattern };
}

function describeVariables(node: PlannedNode, before: Before): Readonly<Record<string, string>> {
  if (node.environmentVariableEdges.length === 0) return node.environmentVariables;
  const variables = new Map(Object.entries(node.environmentVariables));
  for (const { name, node: source, source: key } of node.environmentVariableEdges) {
    const value = own(before.get(source)?.description.environmentVariables, key);
    if (value !== undefined) variables.set(name, value);
  }
  return Object.fromEntries(variables);
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
