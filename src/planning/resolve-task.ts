import {
  type Axis,
  listAxis,
  MOST_EXECUTIONS,
  type ParameterValue,
  type Scalar,
  type Sweep,
  trialsOf,
  validateParameterValue,
} from "../config/index.ts";
import type { NodeResult, PlannedExecution, PlannedNode, PlannedTask } from "./plan.ts";
import { withAxes } from "./plan-task.ts";
import { resolveParameters, Unresolvable } from "./resolve-node.ts";
import { severalOf } from "./several-values.ts";

/** A task with all that its sources bring, or why it cannot run. */
export type ResolveTaskResult =
  | { readonly ok: true; readonly task: ResolvedTask }
  | { readonly ok: false; readonly message: string };

export interface ResolvedTask {
  readonly sweep: Sweep;
  /** Most executions that it has. */
  readonly trials: number;
  /** Those that all its executions have. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** Fills in what edges bring: a list of values for a parameter that takes one is varied. */
export function resolveTask(task: PlannedTask, results: Readonly<Record<string, NodeResult>>): ResolveTaskResult {
  try {
    const step = { ...task.step, parameters: task.step.parameters.map(severalOf) };
    const values = resolveParameters({ ...task, step }, results);
    const parameters: [string, ParameterValue][] = [];
    const axes: Axis[] = [];
    for (const parameter of task.step.parameters) {
      const value = Object.hasOwn(values, parameter.name) ? values[parameter.name] : undefined;
      if (value === undefined) continue;
      const isBrought = task.parameterEdges.some((edge) => edge.parameter === parameter.name);
      if (!Array.isArray(value) || !isBrought) parameters.push([parameter.name, value]);
      else if (value.length === 1) parameters.push([parameter.name, (value as readonly Scalar[])[0] ?? null]);
      else {
        const axis = listAxis(parameter.name, value as readonly Scalar[], parameter);
        if (!axis.ok) return { ok: false, message: axis.problems.map(({ message }) => message).join("; ") };
        axes.push(axis.axis);
      }
    }
    const sweep = withAxes(task.sweep, axes);
    const trials = trialsOf(sweep);
    if (trials > MOST_EXECUTIONS && sweep.limit === undefined)
      return {
        ok: false,
        message: `the task has ${trials} sets of values, and without a limit at most ${MOST_EXECUTIONS} are run: set \`execution-count\``,
      };
    return { ok: true, task: { sweep, trials, parameters: Object.fromEntries(parameters) } };
  } catch (error) {
    if (error instanceof Unresolvable) return { ok: false, message: error.message };
    throw error;
  }
}

/** One execution of a task, with its values, as a node of its own. */
export function childOf(
  task: PlannedTask,
  parameters: Readonly<Record<string, ParameterValue>>,
  values: Readonly<Record<string, ParameterValue>>,
): { readonly ok: true; readonly child: PlannedExecution } | { readonly ok: false; readonly message: string } {
  const problems: string[] = [];
  const all = task.step.parameters.flatMap((parameter): [string, ParameterValue][] => {
    const { name } = parameter;
    const own = Object.hasOwn(values, name) ? values[name] : undefined;
    if (own === undefined) {
      const shared = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      return shared === undefined ? [] : [[name, shared]];
    }
    const result = validateParameterValue(parameter, own);
    if (result.ok) return [[name, result.value]];
    problems.push(`${name}: ${result.messages.join("; ")}`);
    return [];
  });
  if (problems.length > 0) return { ok: false, message: problems.join("; ") };
  return { ok: true, child: { ...executionOf(task), parameters: Object.fromEntries(all), parameterEdges: [] } };
}

/** Returns the execution of a node, without the values of a task's single executions. */
export function executionOf(node: PlannedNode): PlannedExecution {
  if (node.kind === "execution") return node;
  const { task: _, sweep: __, ...rest } = node;
  return { ...rest, kind: "execution" };
}
