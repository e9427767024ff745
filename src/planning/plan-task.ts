import {
  type Axis,
  combinationsOf,
  excessOf,
  FEWER,
  listAxis,
  type Parameter,
  parseGoal,
  readSweep,
  readSweepText,
  type Scalar,
  type Sweep,
  type TaskBlueprint,
  type VariantParameter,
} from "../config/index.ts";
import { forEachAxis, withAxes } from "./axes.ts";
import type { DraftNode } from "./draft.ts";
import { didYouMean } from "./nearest-name.ts";
import type { SweepRequest } from "./plan.ts";
import type { NodeParameters } from "./plan-parameters.ts";
import type { PlanReport } from "./plan-report.ts";
import { severalOf } from "./several-values.ts";
import type { StepFacts } from "./step-facts.ts";

/** The sweep of a task node, and the parameters that all its executions have. */
export interface TaskParameters extends NodeParameters {
  readonly sweep: Sweep;
}

const NOTHING_VARIED = { method: "grid", axes: [], seed: 0, goals: [], onChildError: "continue-and-complete" } as const;

/**
 * Reads the rules of a node's task, and takes in what was given for this run: `given` are the values that a request or
 * a pipeline parameter hands to single parameters; a list of them is varied.
 */
export function planTask(
  { name, step, task }: DraftNode & Required<Pick<DraftNode, "task">>,
  label: string,
  given: { readonly request: SweepRequest | undefined; readonly names: ReadonlySet<string> },
  { parameters: planned, parameterEdges }: NodeParameters,
  report: PlanReport,
): TaskParameters {
  const wanted =
    given.request === undefined
      ? task.blueprint
      : withRequest(task.blueprint, step.parameters, given.request, label, report);
  if (refuseBoth(label, given, report)) return { parameters: {}, parameterEdges, sweep: NOTHING_VARIED };
  const edges = new Set(parameterEdges.map(({ parameter }) => parameter));
  const axes: Axis[] = [];
  const parameters = new Map(Object.entries(planned));
  for (const parameter of step.parameters) {
    const value = parameters.get(parameter.name);
    if (parameter.name === wanted.forEach) {
      if (edges.has(parameter.name)) continue;
      parameters.delete(parameter.name);
      const axis = forEachAxis(parameter, value);
      if (axis.ok) axes.unshift(axis.axis);
      else for (const { message } of axis.problems) report.problem("request", `${label}: ${message}`, GIVE_VALUES);
      continue;
    }
    if (!Array.isArray(value) || parameter.multiple !== "none") continue;
    const isVaried = wanted.parameters.some((variant) => variant.name === parameter.name);
    const values = value as readonly Scalar[];
    // The rules of the file count before the step's default, and after the values that were given for this run.
    if (isVaried && !given.names.has(parameter.name)) parameters.delete(parameter.name);
    else if (values.length === 1) parameters.set(parameter.name, values[0] ?? null);
    else {
      parameters.delete(parameter.name);
      const axis = listAxis(parameter.name, values, parameter);
      if (axis.ok) axes.push(axis.axis);
      else for (const { message } of axis.problems) report.problem("request", `${label}: ${message}`);
    }
  }
  const isOpen = ({ name: varied }: VariantParameter): boolean => !given.names.has(varied) && !edges.has(varied);
  const blueprint = { ...wanted, parameters: wanted.parameters.filter(isOpen) };
  const result = readSweep(blueprint, step);
  const place = task.name === undefined || task.name === name ? label : `${label} (task ${task.name})`;
  if (!result.ok) {
    for (const { message, hint } of result.problems) report.problem("configuration", `${place}: ${message}`, hint);
    return { parameters: {}, parameterEdges, sweep: NOTHING_VARIED };
  }
  for (const { message } of result.warnings) report.warn(`${place}: ${message}`);
  const sweep = withAxes(result.sweep, axes);
  const excess = excessOf(sweep);
  if (excess !== undefined) report.problem("request", `${place}: ${excess}`, FEWER);
  for (const { name: varied } of sweep.axes) parameters.delete(varied);
  for (const set of sweep.sets ?? []) for (const varied of Object.keys(set)) parameters.delete(varied);
  if (edges.size === 0) checkVaried(sweep, step.parameters, { place, isAsked: given.request !== undefined }, report);
  return { parameters: Object.fromEntries(parameters), parameterEdges, sweep };
}

/**
 * Refuses a value for what is varied: whichever of the two counted, the other one would be lost without a word. Returns
 * true where that is so.
 */
function refuseBoth(
  label: string,
  { request, names }: { readonly request: SweepRequest | undefined; readonly names: ReadonlySet<string> },
  report: PlanReport,
): boolean {
  const both = (request?.parameters ?? []).filter(({ name }) => names.has(name));
  for (const { name } of both) {
    const message = `${label}: parameter "${name}" is given a value, and is to be varied`;
    report.problem("request", message, "leave one of the two out");
  }
  return both.length > 0;
}

/** A task of one execution is hardly what was meant; where a sweep was asked for, it is a mistake. */
function checkVaried(
  sweep: Sweep,
  parameters: readonly Parameter[],
  { place, isAsked }: { readonly place: string; readonly isAsked: boolean },
  report: PlanReport,
): void {
  if (sweep.sets !== undefined || sweep.forEach !== undefined) return;
  if (sweep.axes.length > 0) {
    if (combinationsOf(sweep.axes) === 1)
      report.warn(`${place}: each varied parameter has one value, so that the task runs one execution`);
  } else if (isAsked) {
    const names = parameters.map(({ name }) => JSON.stringify(name)).join(", ");
    const hint = names === "" ? "the step has no parameters" : `say which values ${names} are to have`;
    report.problem("request", `${place}: no parameter is varied`, hint);
  } else report.warn(`${place}: it varies no parameter, and runs one execution`);
}

const GIVE_VALUES = "give it a list of values, or an edge that brings one";

/** The names that a task varies: they need no value from elsewhere. */
export function variedNames(
  { blueprint }: { readonly blueprint: TaskBlueprint },
  request: SweepRequest | undefined,
): ReadonlySet<string> {
  return new Set([
    ...blueprint.parameters.map(({ name }) => name),
    ...blueprint.parameterSets.flatMap((set) => Object.keys(set)),
    ...(request?.parameters ?? []).map(({ name }) => name),
    ...[blueprint.forEach, request?.forEach].flatMap((name) => (name === undefined ? [] : [name])),
  ]);
}

/**
 * A task may be given several values of any parameter, so that each is read as if it were `multiple`; what is varied
 * needs no value.
 */
export function factsOfTask(facts: StepFacts, varied: ReadonlySet<string>): StepFacts {
  return {
    ...facts,
    parameters: new Map([...facts.parameters].map(([name, parameter]) => [name, severalOf(parameter)])),
    openParameters: facts.openParameters.filter((name) => !varied.has(name)),
  };
}

function withRequest(
  blueprint: TaskBlueprint,
  known: readonly Parameter[],
  { parameters, method, trials, goals, seed, parallel, forEach }: SweepRequest,
  label: string,
  report: PlanReport,
): TaskBlueprint {
  const variants: VariantParameter[] = [];
  for (const { name, values } of parameters) {
    const parameter = known.find((each) => each.name === name);
    if (parameter === undefined) {
      const hint =
        didYouMean(
          name,
          known.map((each) => each.name),
        ) ?? "it has no parameters";
      report.problem("request", `${label} has no parameter "${name}" to vary`, hint);
      continue;
    }
    const result = readSweepText(name, values, parameter);
    if (result.ok) variants.push(result.variant);
    else report.problem("request", `${label}, parameter "${name}": ${result.message}`);
  }
  const read = (goals ?? []).flatMap((text) => {
    const result = parseGoal(text);
    if (result.ok) return [result.goal];
    report.problem("request", `${label}: ${result.message}`);
    return [];
  });
  const own = new Set(variants.map(({ name }) => name));
  const all = [...blueprint.parameters.filter(({ name }) => !own.has(name)), ...variants];
  const isNew = blueprint.parameters.length === 0 && blueprint.parameterSets.length === 0;
  const isForEach = forEach !== undefined || blueprint.forEach !== undefined;
  const type = method ?? (isNew && !isForEach ? methodFor(all, trials, read.length > 0) : blueprint.type);
  return {
    ...blueprint,
    parameters: all,
    type,
    ...(forEach === undefined ? {} : { forEach }),
    ...(trials === undefined ? {} : { executionCount: trials }),
    ...(read.length === 0 ? {} : { goals: read }),
    ...(seed === undefined ? {} : { seed }),
    ...(parallel === undefined ? {} : { maximumQueuedExecutions: parallel }),
  };
}

/** Lists without a number of trials are run whole; what has a goal is searched for it. */
function methodFor(
  variants: readonly VariantParameter[],
  trials: number | undefined,
  hasGoal: boolean,
): TaskBlueprint["type"] {
  const isListed = variants.every(({ style }) => style !== "random");
  if (trials === undefined && isListed) return "grid_search";
  return hasGoal ? "bayesian_tpe" : "random_search";
}
