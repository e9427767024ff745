import {
  type Axis,
  type AxisResult,
  excessOf,
  FEWER,
  listAxis,
  type ParameterValue,
  type Scalar,
  type Sweep,
  trialsOf,
  validateParameterValue,
} from "../config/index.ts";
import { forEachAxis, withAxes } from "./axes.ts";
import type { FileRef, NodeResult, PlannedExecution, PlannedNode, PlannedTask, ResolvedInput } from "./plan.ts";
import { resolveInput, resolveParameters, Unresolvable } from "./resolve-node.ts";
import { severalOf } from "./several-values.ts";

/** A task with all that its sources bring, or why it cannot run. */
export type ResolveTaskResult =
  | { readonly ok: true; readonly task: ResolvedTask }
  | { readonly ok: false; readonly message: string };

export interface ResolvedTask {
  readonly sweep: Sweep;
  /** Most executions that it has; those with one file each are counted by `withFiles`. */
  readonly trials: number;
  /** Those that all its executions have. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** The input of which each execution gets one file. */
  readonly forEach?: ResolvedInput;
}

/**
 * Fills in what edges bring: a list of values for a parameter that takes one is varied, and so are those of `for-each`.
 */
export function resolveTask(task: PlannedTask, results: Readonly<Record<string, NodeResult>>): ResolveTaskResult {
  try {
    const step = { ...task.step, parameters: task.step.parameters.map(severalOf) };
    const values = resolveParameters({ ...task, step }, results);
    const parameters: [string, ParameterValue][] = [];
    const axes: Axis[] = [];
    const { forEach } = task.sweep;
    for (const parameter of task.step.parameters) {
      const value = Object.hasOwn(values, parameter.name) ? values[parameter.name] : undefined;
      const isBrought = task.parameterEdges.some((edge) => edge.parameter === parameter.name);
      if (forEach?.kind === "parameter" && forEach.name === parameter.name) {
        if (!isBrought) continue;
        const axis = forEachAxis(parameter, value);
        if (!axis.ok) return { ok: false, message: messagesOf(axis) };
        axes.push(axis.axis);
        continue;
      }
      if (value === undefined) continue;
      if (!Array.isArray(value) || !isBrought) parameters.push([parameter.name, value]);
      else if (value.length === 1) parameters.push([parameter.name, (value as readonly Scalar[])[0] ?? null]);
      else {
        const axis = listAxis(parameter.name, value as readonly Scalar[], parameter);
        if (!axis.ok) return { ok: false, message: messagesOf(axis) };
        axes.push(axis.axis);
      }
    }
    const input = forEach?.kind === "input" ? task.inputs.find(({ name }) => name === forEach.name) : undefined;
    return counted({
      sweep: withAxes(task.sweep, axes),
      parameters: Object.fromEntries(parameters),
      ...(input === undefined ? {} : { forEach: resolveInput(task, input, results) }),
    });
  } catch (error) {
    if (error instanceof Unresolvable) return { ok: false, message: error.message };
    throw error;
  }
}

/** The task with the files of which each execution gets one. */
export function withFiles(task: ResolvedTask, files: readonly FileRef[]): ResolveTaskResult {
  const { forEach } = task.sweep;
  if (forEach === undefined) return { ok: true, task };
  return counted({ ...task, sweep: { ...task.sweep, forEach: { ...forEach, count: files.length } } });
}

function counted(task: Omit<ResolvedTask, "trials">): ResolveTaskResult {
  const excess = excessOf(task.sweep);
  if (excess !== undefined) return { ok: false, message: `${excess}: ${FEWER}` };
  return { ok: true, task: { ...task, trials: trialsOf(task.sweep) } };
}

function messagesOf({ problems }: Extract<AxisResult, { readonly ok: false }>): string {
  return problems.map(({ message }) => message).join("; ");
}

/** One execution of a task, with its values and the file of `for-each`, as a node of its own. */
export function childOf(
  task: PlannedTask,
  parameters: Readonly<Record<string, ParameterValue>>,
  values: Readonly<Record<string, ParameterValue>>,
  file?: FileRef,
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
  const child = { ...executionOf(task), parameters: Object.fromEntries(all), parameterEdges: [] };
  return { ok: true, child: file === undefined ? child : withFile(child, task.sweep.forEach?.name, file) };
}

function withFile(child: PlannedExecution, name: string | undefined, file: FileRef): PlannedExecution {
  const inputs = child.inputs.map((input) =>
    input.name === name ? { ...input, sources: [{ kind: "given" as const, files: [file] }] } : input,
  );
  return { ...child, inputs };
}

/** Returns the number of members of a distributed task; undefined for a task of any other kind. */
export function membersOf({ method, sets }: Pick<Sweep, "method" | "sets">): number | undefined {
  return method === "distributed" ? (sets ?? []).length : undefined;
}

/** Returns the execution of a node, without the values of a task's single executions. */
export function executionOf(node: PlannedNode): PlannedExecution {
  if (node.kind === "execution") return node;
  const { task: _, sweep, ...rest } = node;
  const members = membersOf(sweep);
  return { ...rest, kind: "execution", ...(members === undefined ? {} : { members }) };
}
