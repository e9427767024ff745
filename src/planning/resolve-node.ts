import {
  buildCommand,
  compileGlob,
  hasGlob,
  type Parameter,
  type ParameterValue,
  runNotebooks,
  validateParameterValue,
} from "../config/index.ts";
import { matchFiles } from "./match-files.ts";
import type {
  FileRef,
  InputSource,
  NodeResult,
  ParameterEdge,
  PlannedInput,
  PlannedNode,
  ResolvedInput,
  ResolvedNode,
} from "./plan.ts";

/** A node ready to execute, or why it cannot: the message names the edge and what its source offered instead. */
export type ResolveResult =
  | { readonly ok: true; readonly resolved: ResolvedNode }
  | { readonly ok: false; readonly message: string };

export type Results = Readonly<Record<string, NodeResult>>;

/** A returned failure, carried up by exception inside this file and resolve-task.ts only. */
export class Unresolvable extends Error {}

/** Fills in what a node gets from the nodes before it: files, values, variables; and with them its command. */
export function resolveNode(node: PlannedNode, results: Results): ResolveResult {
  try {
    const parameters = resolveParameters(node, results);
    return {
      ok: true,
      resolved: {
        parameters,
        inputs: node.inputs.map((input) => resolveInput(node, input, results)),
        environmentVariables: resolveVariables(node, results),
        command: commandOf(node, parameters),
      },
    };
  } catch (error) {
    if (error instanceof Unresolvable) return { ok: false, message: error.message };
    throw error;
  }
}

/** The command lines of a node with these values, as its shell gets them. */
export function commandOf(
  { step }: PlannedNode,
  parameters: Readonly<Record<string, ParameterValue>>,
): readonly string[] {
  const options = step.sourcePath === undefined ? {} : { sourcePath: step.sourcePath };
  return runNotebooks(buildCommand(step.command, step.parameters, parameters, options));
}

function resultOf(results: Results, node: string, best?: true): NodeResult | undefined {
  const result = Object.hasOwn(results, node) ? results[node] : undefined;
  return best === true ? result?.best : result;
}

export function resolveParameters(node: PlannedNode, results: Results): Readonly<Record<string, ParameterValue>> {
  if (node.parameterEdges.length === 0) return node.parameters;
  const edges = new Map(node.parameterEdges.map((edge) => [edge.parameter, edge]));
  const values: [string, ParameterValue][] = [];
  // In declaration order, which is that of the command line and of parameters.json.
  for (const parameter of node.step.parameters) {
    const edge = edges.get(parameter.name);
    const brought = edge === undefined ? undefined : valueOverEdge(node, parameter, edge, results);
    const value =
      brought ?? (Object.hasOwn(node.parameters, parameter.name) ? node.parameters[parameter.name] : undefined);
    if (value !== undefined) values.push([parameter.name, value]);
  }
  return Object.fromEntries(values);
}

function valueOverEdge(
  node: PlannedNode,
  parameter: Parameter,
  edge: ParameterEdge,
  results: Results,
): ParameterValue | undefined {
  const { kind, node: source, key, best } = edge.from;
  const place = `edge ${source}.${best === true ? "best." : ""}${kind}.${key} → ${node.name}.parameter.${parameter.name}`;
  if (best === true) requireBest(place, source, results);
  const offered = resultOf(results, source, best)?.[kind === "parameter" ? "parameters" : "metadata"] ?? {};
  const value = Object.hasOwn(offered, key) ? offered[key] : undefined;
  if (value === undefined || value === null) {
    const isCovered = parameter.optional || parameter.type === "flag";
    // A parameter that was left out at the source is left out here, too; a metric that was never printed is a mistake.
    if (isCovered || (kind === "parameter" && Object.hasOwn(node.parameters, parameter.name))) return undefined;
    throw new Unresolvable(`${place}: ${missingValue(kind, source, key, Object.keys(offered))}`);
  }
  const result = validateParameterValue(parameter, value);
  if (result.ok) return result.value;
  throw new Unresolvable(`${place}: ${result.messages.join("; ")}`);
}

/** A task may end without a best execution: none printed a number for its goal. */
function requireBest(place: string, source: string, results: Results): void {
  if (resultOf(results, source, true) !== undefined) return;
  throw new Unresolvable(
    `${place}: no execution of the task "${source}" is the best, since none that is complete has a value for its goal`,
  );
}

function missingValue(kind: "parameter" | "metadata", source: string, key: string, offered: readonly string[]): string {
  if (kind === "parameter") return `node "${source}" ran without a value for parameter "${key}"`;
  if (offered.length === 0) return `node "${source}" printed no metadata, so there is no "${key}"`;
  return `node "${source}" printed no metadata "${key}"; it printed ${listNames(offered)}`;
}

export function resolveInput(node: PlannedNode, input: PlannedInput, results: Results): ResolvedInput {
  const files = new Map<string, FileRef>();
  const uris: string[] = [];
  for (const source of input.sources) {
    if (source.kind === "uri") {
      uris.push(source.uri);
      continue;
    }
    if (source.kind === "given") {
      for (const file of source.files) files.set(`${file.name}\0${file.datumId}`, file);
      continue;
    }
    if (source.kind === "output" && source.best === true)
      requireBest(
        `edge ${source.node}.best.output.${source.pattern} → ${node.name}.input.${input.name}`,
        source.node,
        results,
      );
    const brought = filesOverEdge(source, results);
    if (brought.length === 0 && !input.optional) throw new Unresolvable(nothingBrought(node, input, source, results));
    // The same file may come over two edges (`*.csv` and `data.csv`); it is one file.
    for (const file of brought) files.set(`${file.name}\0${file.datumId}`, file);
  }
  return {
    name: input.name,
    keepDirectories: input.keepDirectories,
    ...(input.filename === undefined ? {} : { filename: input.filename }),
    files: [...files.values()],
    uris,
  };
}

type EdgeSource = Exclude<InputSource, { readonly kind: "uri" | "given" }>;

function filesOverEdge(source: EdgeSource, results: Results): readonly FileRef[] {
  const result = resultOf(results, source.node, source.kind === "output" ? source.best : undefined);
  if (result === undefined) return [];
  if (source.kind === "output") return matchFiles(source.pattern, result.outputs);
  return filesOfInput(source.pattern, result.inputs);
}

/**
 * Returns the files that `node.input.KEY` means: the files of the input KEY; else `INPUT/PATTERN`, files of one input;
 * else a glob over the names of inputs; else a pattern over the files of all inputs.
 */
function filesOfInput(key: string, inputs: NodeResult["inputs"]): readonly FileRef[] {
  const named = Object.hasOwn(inputs, key) ? inputs[key] : undefined;
  if (named !== undefined) return matchFiles("*", named);
  const slash = key.indexOf("/");
  const folder = slash > 0 ? key.slice(0, slash) : "";
  const within = Object.hasOwn(inputs, folder) ? inputs[folder] : undefined;
  if (within !== undefined) return matchFiles(key.slice(slash + 1), within);
  if (hasGlob(key)) {
    const matches = compileGlob(key);
    const files = Object.keys(inputs)
      .filter(matches)
      .flatMap((name) => matchFiles("*", inputs[name] ?? []));
    if (files.length > 0) return files;
  }
  return matchFiles(key, Object.values(inputs).flat());
}

function nothingBrought(node: PlannedNode, input: PlannedInput, source: EdgeSource, results: Results): string {
  const best = source.kind === "output" ? source.best : undefined;
  const place = `edge ${source.node}.${best === true ? "best." : ""}${source.kind}.${source.pattern} → ${node.name}.input.${input.name} brings no file`;
  const result = resultOf(results, source.node, best);
  const names =
    source.kind === "output"
      ? (result?.outputs ?? []).map((file) => file.name)
      : Object.values(result?.inputs ?? {}).flatMap((files) => files.map((file) => file.name));
  const what = source.kind === "output" ? "output" : "input file";
  if (names.length === 0 && source.kind === "output" && result?.leftBehind !== undefined)
    return `${place}: node "${source.node}" has no output; its step wrote ${result.leftBehind} to its working folder, and only what is in /valohai/outputs is kept`;
  if (names.length === 0) return `${place}: node "${source.node}" has no ${what}`;
  return `${place}: no ${what} of node "${source.node}" matches "${source.pattern}"; there ${names.length === 1 ? "is" : "are"} ${listNames(names.toSorted())}`;
}

function resolveVariables(node: PlannedNode, results: Results): Readonly<Record<string, string>> {
  if (node.environmentVariableEdges.length === 0) return node.environmentVariables;
  const variables = new Map(Object.entries(node.environmentVariables));
  for (const { name, node: source, source: key } of node.environmentVariableEdges) {
    const offered = resultOf(results, source)?.environmentVariables ?? {};
    const value = Object.hasOwn(offered, key) ? offered[key] : undefined;
    if (value !== undefined) variables.set(name, value);
    else if (
      !variables.has(name) &&
      node.step.environmentVariables.some((variable) => variable.name === name && !variable.optional)
    ) {
      throw new Unresolvable(
        `edge ${source}.environment-variable.${key} → ${node.name}.environment-variable.${name}: node "${source}" ran without a value for "${key}"`,
      );
    }
  }
  return Object.fromEntries(variables);
}

/** Names that a message lists; the rest is counted. */
const SHOWN_NAMES = 8;

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN_NAMES).map((name) => `"${name}"`);
  return `${shown.join(", ")}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ""}`;
}
