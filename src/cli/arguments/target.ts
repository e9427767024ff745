import type { Definitions, PipelineView, StepView } from "../../api/index.ts";
import type { AssignmentScope } from "./assignments.ts";

/** A setting of a target on the command line. `key` is what is typed: `rate`, or `train.rate` for a node. */
export interface Settable {
  readonly key: string;
  readonly kind: "parameter" | "input";
  readonly isFlag: boolean;
  readonly description?: string;
}

/**
 * Everything that can be set for a step or a pipeline; undefined where the configuration has no target of that name.
 */
export function settablesOf(config: Definitions, target: string, kind?: TargetKind): readonly Settable[] | undefined {
  const pipeline = isAsked("pipeline", kind) ? config.pipelines.findLast(({ name }) => name === target) : undefined;
  const step = stepOf(config, target, kind);
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
      const nodeStep = stepOfNode(config, node);
      return nodeStep === undefined ? [] : [{ name: node.name, step: nodeStep }];
    });
    const taken = new Set(own.map(({ key }) => key));
    const bare = openInputs(pipeline, nodes).filter(({ key }) => !taken.has(key));
    return [...own, ...nodes.flatMap(({ name, step: ofNode }) => stepSettables(ofNode, `${name}.`)), ...bare];
  }
  return step === undefined ? undefined : stepSettables(step, "");
}

/**
 * Inputs that no edge feeds may be named without their node: the planner gives the file to every node that takes an
 * input of this name.
 */
function openInputs(
  pipeline: PipelineView,
  nodes: readonly { readonly name: string; readonly step: StepView }[],
): readonly Settable[] {
  const fed = new Set(
    pipeline.edges.filter(({ target }) => target.type === "input").map(({ target }) => `${target.node}.${target.key}`),
  );
  const names = nodes.flatMap(({ name: node, step }) =>
    step.inputs.filter(({ name }) => !fed.has(`${node}.${name}`)).map(({ name }) => name),
  );
  return [...new Set(names)].map((key) => ({ key, kind: "input", isFlag: false }));
}

/**
 * Returns the scope by which `node.name` is read for a target. Without a readable configuration every dot is taken to
 * part a node from a name.
 */
export function scopeOf(config: Definitions | undefined, target: string, kind?: TargetKind): AssignmentScope {
  const pipeline = isAsked("pipeline", kind) ? config?.pipelines.findLast(({ name }) => name === target) : undefined;
  if (pipeline !== undefined) {
    return {
      nodes: new Set(pipeline.nodes.map(({ name }) => name)),
      names: new Set(pipeline.parameters.map(({ name }) => name)),
    };
  }
  const step = config === undefined ? undefined : stepOf(config, target, kind);
  return {
    nodes: new Set(),
    names: new Set(step === undefined ? [] : [...step.parameters, ...step.inputs].map(({ name }) => name)),
  };
}

/** The step that is executed; a task executes it many times. */
function stepOf(config: Definitions, target: string, kind: TargetKind | undefined): StepView | undefined {
  const step = isAsked("step", kind) ? config.steps.findLast(({ name }) => name === target) : undefined;
  if (step !== undefined) return step;
  const task = isAsked("task", kind) ? config.tasks.findLast(({ name }) => name === target) : undefined;
  return task === undefined ? undefined : config.steps.findLast(({ name }) => name === task.step);
}

function stepOfNode(config: Definitions, node: PipelineView["nodes"][number]): StepView | undefined {
  if (node.type === "deployment") return undefined;
  const task = node.type === "task" && node.task !== undefined ? node.task : undefined;
  const name = task === undefined ? node.step : config.tasks.findLast((each) => each.name === task)?.step;
  return config.steps.findLast((step) => step.name === name);
}

type TargetKind = "step" | "pipeline" | "task";

function isAsked(what: TargetKind, kind: TargetKind | undefined): boolean {
  return kind === undefined || kind === what;
}

function stepSettables(step: StepView, prefix: string): readonly Settable[] {
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
    ...step.parameters.map((parameter) => settable(parameter, "parameter", parameter.type === "flag")),
    ...step.inputs.map((input) => settable(input, "input", false)),
  ];
}
