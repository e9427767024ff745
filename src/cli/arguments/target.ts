import type { Config, Parameter, Pipeline, Step } from "../../config/index.ts";
import type { AssignmentScope } from "./assignments.ts";

/** What may be set on the command line for a target. `key` is what is typed: `rate`, or `train.rate` for a node. */
export interface Settable {
  readonly key: string;
  readonly kind: "parameter" | "input";
  readonly isFlag: boolean;
  readonly description?: string;
}

/** Everything that can be set for a step or a pipeline; undefined where the configuration has no target of that name. */
export function settablesOf(config: Config, target: string, kind?: "step" | "pipeline"): readonly Settable[] | undefined {
  const pipeline = kind === "step" ? undefined : config.pipelines.findLast(({ name }) => name === target);
  const step = kind === "pipeline" ? undefined : config.steps.findLast(({ name }) => name === target);
  if (pipeline !== undefined) {
    const own = pipeline.parameters.map(
      ({ name, description }): Settable => ({
        key: name,
        kind: "parameter",
        isFlag: false,
        ...(description === undefined ? {} : { description }),
      }),
    );
    const nodes = pipeline.nodes.flatMap((node) => {
      const nodeStep = "step" in node ? config.steps.findLast(({ name }) => name === node.step) : undefined;
      return nodeStep === undefined ? [] : [{ name: node.name, step: nodeStep }];
    });
    const taken = new Set(own.map(({ key }) => key));
    const bare = openInputs(pipeline, nodes).filter(({ key }) => !taken.has(key));
    return [...own, ...nodes.flatMap(({ name, step: ofNode }) => stepSettables(ofNode, `${name}.`)), ...bare];
  }
  return step === undefined ? undefined : stepSettables(step, "");
}

/** Inputs that no edge feeds may be named without their node: the planner gives the file to every node that takes an input of this name. */
function openInputs(pipeline: Pipeline, nodes: readonly { readonly name: string; readonly step: Step }[]): readonly Settable[] {
  const fed = new Set(pipeline.edges.filter(({ target }) => target.type === "input").map(({ target }) => `${target.node}.${target.key}`));
  const names = nodes.flatMap(({ name: node, step }) =>
    step.inputs.filter(({ name }) => !fed.has(`${node}.${name}`)).map(({ name }) => name),
  );
  return [...new Set(names)].map((key) => ({ key, kind: "input", isFlag: false }));
}

/** How `node.name` is read for a target. Without a readable configuration every dot is taken to part a node from a name. */
export function scopeOf(config: Config | undefined, target: string, kind?: "step" | "pipeline"): AssignmentScope {
  const pipeline = kind === "step" ? undefined : config?.pipelines.findLast(({ name }) => name === target);
  if (pipeline !== undefined) {
    return { nodes: new Set(pipeline.nodes.map(({ name }) => name)), names: new Set(pipeline.parameters.map(({ name }) => name)) };
  }
  const step = kind === "pipeline" ? undefined : config?.steps.findLast(({ name }) => name === target);
  return { nodes: new Set(), names: new Set(step === undefined ? [] : [...step.parameters, ...step.inputs].map(({ name }) => name)) };
}

function stepSettables(step: Step, prefix: string): readonly Settable[] {
  const settable = (
    item: { readonly name: string; readonly description?: string },
    kind: "parameter" | "input",
    isFlag: boolean,
  ): Settable => ({
    key: prefix + item.name,
    kind,
    isFlag,
    ...(item.description === undefined ? {} : { description: item.description }),
  });
  return [
    ...step.parameters.map((parameter: Parameter) => settable(parameter, "parameter", parameter.type === "flag")),
    ...step.inputs.map((input) => settable(input, "input", false)),
  ];
}
