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
    const settables = pipelineSettables(config, pipeline, "", 0);
    const taken = new Set(settables.map(({ key }) => key));
    const bare = openInputs(pipeline, stepNodes(config, pipeline)).filter(({ key }) => !taken.has(key));
    return [...settables, ...bare];
  }
  return step === undefined ? undefined : stepSettables(step, "");
}

/** Deeper pipelines than these are not looked for: the planner knows them all. */
const DEEPEST = 10;

/** Everything with a name of its own in a pipeline, and in those that its nodes run. */
function pipelineSettables(
  config: Definitions,
  pipeline: PipelineView,
  prefix: string,
  deep: number,
): readonly Settable[] {
  const named = (kind: Settable["kind"], list: readonly { readonly name: string; readonly description?: string }[]) =>
    list.map(
      ({ name, description }): Settable => ({
        key: prefix + name,
        kind,
        isFlag: false,
        ...(description === undefined ? {} : { description }),
      }),
    );
  const within = pipeline.nodes.flatMap((node) => {
    const run = node.type === "pipeline" ? config.pipelines.findLast(({ name }) => name === node.pipeline) : undefined;
    return run === undefined || deep >= DEEPEST
      ? []
      : pipelineSettables(config, run, `${prefix}${node.name}.`, deep + 1);
  });
  return [
    ...named("parameter", pipeline.parameters),
    ...named("input", pipeline.inputs ?? []),
    ...stepNodes(config, pipeline).flatMap(({ name, step }) => stepSettables(step, `${prefix}${name}.`)),
    ...within,
  ];
}

function stepNodes(
  config: Definitions,
  pipeline: PipelineView,
): readonly { readonly name: string; readonly step: StepView }[] {
  return pipeline.nodes.flatMap((node) => {
    const step = stepOfNode(config, node);
    return step === undefined ? [] : [{ name: node.name, step }];
  });
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
      names: new Set([...pipeline.parameters, ...(pipeline.inputs ?? [])].map(({ name }) => name)),
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
  if (node.type === "deployment" || node.type === "pipeline") return undefined;
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
