import type { OnChildError, ParameterValue } from "../model.ts";
import { type Axis, combinationsOf } from "./axis.ts";
import type { Goal } from "./goal.ts";

export type SweepMethod = "grid" | "random" | "manual" | "tpe" | "sobol" | "distributed";

/** Stops executions that do worse than others did at the same point. */
export interface Pruning {
  /** `asha`: only the best share of those at a rung goes on; `median`: nobody below the median of the others. */
  readonly method: "asha" | "median";
  readonly metric: string;
  readonly direction: "max" | "min";
  /** The metadata key that says how far an execution is; absent: how often it has printed the metric. */
  readonly step?: string;
  /** Nothing is stopped before this step. */
  readonly min: number;
  /** `asha`: one in so many goes on from each rung, and the next rung is so many times as far. */
  readonly factor: number;
  /** `median`: so many executions have to have come to a step before it is compared. */
  readonly startup: number;
}

/** Each execution gets one file of an input, or one value of a parameter. */
export interface ForEach {
  readonly kind: "input" | "parameter";
  readonly name: string;
  /** Number of files, once it is known. The values of a parameter are an axis, the first one. */
  readonly count?: number;
}

/**
 * The parameters that a task varies, how it chooses their values, and when it ends. Plain data, stored with the plan.
 */
export interface Sweep {
  readonly method: SweepMethod;
  readonly axes: readonly Axis[];
  /** `manual` and `distributed`: the sets of values, one execution each. */
  readonly sets?: readonly Readonly<Record<string, ParameterValue>>[];
  /** All sets of values are tried with the first file, then with the second … */
  readonly forEach?: ForEach;
  /** Most executions; absent for `grid` and `manual`: as many as there are sets of values. */
  readonly limit?: number;
  readonly seed: number;
  /** The first decides which is best, where there is one; several are weighed against each other. */
  readonly goals: readonly Goal[];
  /** Most executions that may be queued or run at a time; absent: as many as the run allows. */
  readonly parallel?: number;
  readonly onChildError: OnChildError;
  readonly stopCondition?: string;
  readonly pruning?: Pruning;
}

/** Executions that one task may have where the file sets no limit: what has more is most likely a mistake. */
export const MOST_EXECUTIONS = 10_000;
/** Executions of a distributed task: all run at the same time. */
export const MOST_MEMBERS = 1_000;
/** Executions that a limit may allow. */
export const LARGEST_LIMIT = 100_000;

type Places = Pick<Sweep, "method" | "axes" | "sets" | "forEach">;

/** Returns the number of sets of values; infinite if they are not counted. */
export function pointsOf({ method, axes, sets }: Places): number {
  const points = method === "manual" || method === "distributed" ? (sets ?? []).length : combinationsOf(axes);
  return points ?? Number.POSITIVE_INFINITY;
}

/** Returns the number of executions that differ: one for each set of values and each file. */
export function placesOf(sweep: Places): number {
  const { forEach } = sweep;
  return pointsOf(sweep) * (forEach?.kind === "input" ? (forEach.count ?? 1) : 1);
}

/** Returns the greatest number of executions that a task can have. */
export function trialsOf(sweep: Places & Pick<Sweep, "limit">): number {
  return Math.min(placesOf(sweep), sweep.limit ?? Number.POSITIVE_INFINITY);
}

/** Returns the message for a task that has more executions than it may have without a limit. */
export function excessOf(sweep: Places & Pick<Sweep, "limit">): string | undefined {
  const trials = trialsOf(sweep);
  if (trials <= MOST_EXECUTIONS || sweep.limit !== undefined) return undefined;
  const { forEach } = sweep;
  const what =
    forEach === undefined ? "sets of values" : forEach.kind === "input" ? "files to run for" : "values to run for";
  return `the task has ${trials} ${what}, and without a limit at most ${MOST_EXECUTIONS} are run`;
}

/** The hint for it. */
export const FEWER = "set the number of executions (`execution-count`), or give fewer values";
