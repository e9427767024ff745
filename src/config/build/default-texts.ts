import { pythonFloatText, pythonText } from "../command/python-text.ts";
import type { Config, Parameter, PipelineNode, Scalar, Step } from "../model.ts";
import type { Locator, Path } from "../report/problem.ts";
import type { Draft } from "./draft.ts";

/** The document that a draft was built from. */
export interface WrittenDocument {
  readonly root: unknown;
  readonly text: string;
  readonly locator: Locator;
}

/**
 * Adds to parameters how their whole-number defaults are written, as far as that decides what a command shows: Valohai
 * passes `default: 1` of a float on as `1`, and `default: 1.0` of a string as `1.0`. Places are looked up only where
 * there is such a default.
 */
export function withDefaultTexts(config: Config, draft: Draft, document: WrittenDocument): Config {
  const found = new Map<Parameter, Path>();
  for (const { value, path } of draft.steps) collect(value.parameters, path, document.root, found);
  for (const { nodes } of draft.pipelines) {
    for (const { value, path } of nodes)
      collect(overriddenParameters(value), [...path, "override"], document.root, found);
  }
  if (found.size === 0) return config;
  const texts = readTexts(found, document);
  return {
    ...config,
    steps: config.steps.map((step) => withTexts(step, texts)),
    pipelines: config.pipelines.map((pipeline) => ({
      ...pipeline,
      nodes: pipeline.nodes.map((node) => nodeWithTexts(node, texts)),
    })),
  };
}

function overriddenParameters(node: PipelineNode): readonly Parameter[] {
  return node.type === "deployment" || node.type === "pipeline" ? [] : (node.override?.parameters ?? []);
}

function collect(parameters: readonly Parameter[], path: Path, root: unknown, found: Map<Parameter, Path>): void {
  for (const parameter of parameters) {
    if (!atomsOf(parameter).some((atom) => isUnclear(parameter, atom))) continue;
    const list = at(root, [...path, "parameters"]);
    // If several parameters have one name, the last counts.
    const index = Array.isArray(list) ? list.findLastIndex((item) => at(item, ["name"]) === parameter.name) : -1;
    if (index >= 0) found.set(parameter, [...path, "parameters", index, "default"]);
  }
}

function atomsOf({ default: value }: Parameter): readonly Scalar[] {
  if (value === undefined) return [];
  return typeof value === "object" && value !== null ? value : [value];
}

/** A whole number may be written as an integer or as a float; beyond 2^53 its digits are lost as well. */
function isUnclear(parameter: Parameter, atom: Scalar): boolean {
  if (typeof atom !== "number" || !Number.isInteger(atom)) return false;
  return parameter.type !== "integer" || !Number.isSafeInteger(atom);
}

function readTexts(
  found: ReadonlyMap<Parameter, Path>,
  { root, text, locator }: WrittenDocument,
): ReadonlyMap<Parameter, readonly string[]> {
  const locate = locator([...found.values()]);
  const written = (path: Path) => {
    const { offset, length } = locate(path, "value");
    return text.slice(offset, offset + length);
  };
  return new Map(
    [...found].map(([parameter, path]) => {
      const isList = Array.isArray(at(root, path));
      return [
        parameter,
        atomsOf(parameter).map((atom, index) => textOf(parameter, atom, written(isList ? [...path, index] : path))),
      ] as const;
    }),
  );
}

function textOf(parameter: Parameter, atom: Scalar, written: string): string {
  if (typeof atom !== "number" || !Number.isInteger(atom)) return pythonText(atom, parameter.type);
  if (/^[-+]?[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?$/.test(written)) return pythonFloatText(atom);
  if (Number.isSafeInteger(atom)) return /^[-+]?\d/.test(written) ? String(atom) : pythonText(atom, parameter.type);
  return /^[-+]?[1-9][\d_]*$/.test(written) ? written.replaceAll(/[+_]/g, "") : pythonText(atom, parameter.type);
}

function withTexts<Holder extends Pick<Step, "parameters">>(
  holder: Holder,
  texts: ReadonlyMap<Parameter, readonly string[]>,
): Holder {
  if (!holder.parameters.some((parameter) => texts.has(parameter))) return holder;
  const parameters = holder.parameters.map((parameter) => {
    const defaultTexts = texts.get(parameter);
    return defaultTexts === undefined ? parameter : { ...parameter, defaultTexts };
  });
  return { ...holder, parameters };
}

function nodeWithTexts(node: PipelineNode, texts: ReadonlyMap<Parameter, readonly string[]>): PipelineNode {
  if (node.type === "deployment" || node.type === "pipeline") return node;
  if (node.override?.parameters === undefined) return node;
  return { ...node, override: withTexts({ ...node.override, parameters: node.override.parameters }, texts) };
}

function at(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    return (value as Readonly<Record<string | number, unknown>>)[key];
  }, root);
}
