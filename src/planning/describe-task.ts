import type { PlannedTaskView } from "../api/index.ts";
import { type Axis, countOf, type Goal, placesOf, type Sweep, trialsOf, valueAt } from "../config/index.ts";
import type { PlannedTask } from "./plan.ts";

/** The parameters whose values each execution of a task has for itself. */
export function variedIn({ sweep }: Pick<PlannedTask, "sweep">): readonly string[] {
  const inSets = (sweep.sets ?? []).flatMap((set) => Object.keys(set));
  return [...new Set([...sweep.axes.map(({ name }) => name), ...inSets])];
}

/** A task before it runs. */
export function describeTask(task: PlannedTask): PlannedTaskView {
  const { sweep } = task;
  return {
    name: task.task ?? null,
    method: sweep.method,
    forEach: forEachOf(sweep),
    executions: plannedTrials(task, 0),
    parallel: sweep.parallel ?? null,
    varies: Object.fromEntries([
      ...sweep.axes.map((axis) => [axis.name, describeAxis(axis)] as const),
      ...variedIn({ sweep: { ...sweep, axes: [] } }).map((name) => [name, describeSets(name, sweep)] as const),
    ]),
    goals: sweep.goals.map(describeGoal),
  };
}

/**
 * Returns the greatest number of executions of a task, with those that people added; null if an edge brings the values
 * that are counted.
 */
export function plannedTrials({ sweep, parameterEdges }: PlannedTask, added: number): number | null {
  if (parameterEdges.length > 0) return null;
  // The files of an input are counted when the task begins.
  if (sweep.forEach?.kind === "input") return null;
  const trials = Math.min(trialsOf(sweep) + added, placesOf(sweep));
  return Number.isFinite(trials) ? trials : null;
}

/** Returns the input or parameter of which each execution gets one file or value, in words; null if there is none. */
export function forEachOf({ forEach }: Pick<Sweep, "forEach">): string | null {
  if (forEach === undefined) return null;
  return `${forEach.kind === "input" ? "file" : "value"} of ${forEach.name}`;
}

export function describeGoal({ metric, direction, value }: Goal): string {
  if (direction === "target") return `${metric} close to ${value ?? ""}`;
  return `${direction}:${metric}${value === undefined ? "" : `, until ${value}`}`;
}

/** Up to so many values are listed; if there are more, the first and the last. */
const SHOWN = 6;

function describeAxis(axis: Axis): string {
  if (axis.kind === "range") {
    const how = [axis.log ? "log" : "", axis.whole ? "whole" : ""].filter((word) => word !== "").join(", ");
    return `${axis.low} to ${axis.high}${how === "" ? "" : ` (${how})`}`;
  }
  const count = countOf(axis) ?? 0;
  const shown = (index: number): string => String(valueAt(axis, index));
  if (count <= SHOWN) return Array.from({ length: count }, (_, index) => shown(index)).join(", ");
  return `${shown(0)}, ${shown(1)}, … ${shown(count - 1)} (${count} values)`;
}

function describeSets(name: string, { sets = [] }: Sweep): string {
  const values = sets.slice(0, SHOWN).map((set) => (Object.hasOwn(set, name) ? String(set[name]) : "–"));
  return `${values.join(", ")}${sets.length > SHOWN ? ` … (${sets.length} sets)` : ""}`;
}
