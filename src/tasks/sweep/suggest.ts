import {
  type Axis,
  combinationsOf,
  countOf,
  type ParameterValue,
  placesOf,
  pointsOf,
  type Sweep,
  trialsOf,
  valueAt,
} from "../../config/index.ts";
import { lossesOf } from "../results/goals.ts";
import type { Trial } from "../samplers/history.ts";
import { sampleRandom } from "../samplers/random.ts";
import { RandomNumbers } from "../samplers/random-numbers.ts";
import { sobolPoint } from "../samplers/sobol.ts";
import { suggestTpe } from "../samplers/tpe.ts";
import type { ParameterValues } from "../space/parameter-space.ts";
import type { SweepTrial } from "./history.ts";
import { type SearchSpace, searchSpaceOf } from "./search-space.ts";

type Values = Readonly<Record<string, ParameterValue>>;

/** A sampler is asked again so often for values that no trial has had. */
const REDRAWS = 50;
/** Spaces of more combinations are not gone through for one that is left. */
const LARGEST_SCAN = 100_000;

/**
 * Chooses the values of trial `index` (from 0) by what is known of those before it. The same history, whatever process
 * asks, gives the same values.
 */
export function suggestTrial(sweep: Sweep, index: number, history: readonly SweepTrial[]): Values {
  switch (sweep.method) {
    case "manual":
    case "distributed":
      return sweep.sets?.[index % pointsOf(sweep)] ?? {};
    case "grid":
      return gridPoint(sweep, index % pointsOf(sweep));
    case "random":
    case "sobol":
    case "tpe":
      return sampled(sweep, index, history);
  }
}

function sampled(sweep: Sweep, index: number, history: readonly SweepTrial[]): Values {
  const search = searchSpaceOf(sweep.axes);
  const before = history.filter(({ trial }) => trial <= index);
  const isCounted = combinationsOf(sweep.axes) !== undefined;
  const had = new Set(isCounted ? before.map(({ values }) => keyOf(values, sweep.axes)) : []);
  const draw = samplerOf(sweep, index, search, before);
  let values = search.outer(draw(0));
  // Values that were tried are drawn again, as long as there are others to try.
  for (let again = 1; had.has(keyOf(values, sweep.axes)) && again <= REDRAWS; again++)
    values = search.outer(draw(again));
  if (!had.has(keyOf(values, sweep.axes))) return values;
  return firstLeft(sweep, had, index) ?? values;
}

function samplerOf(
  sweep: Sweep,
  index: number,
  search: SearchSpace,
  before: readonly SweepTrial[],
): (again: number) => ParameterValues {
  const { space } = search;
  const random = (again: number): RandomNumbers => new RandomNumbers("trial", seedOf(sweep), index, again);
  if (sweep.method === "random") return (again) => sampleRandom(space, random(again));
  if (sweep.method === "sobol") {
    return (again) =>
      again === 0
        ? sobolPoint(space, index, new RandomNumbers("shift", seedOf(sweep)))
        : sampleRandom(space, random(again));
  }
  const trials = before.flatMap((trial): Trial[] => {
    const values = search.inner(trial.values);
    if (values === undefined) return [];
    const { state } = trial;
    const losses = lossesOf(sweep.goals, trial.metadata);
    // A trial that was stopped by hand says nothing; one that has no number counts as bad.
    return [{ values, state: state === "stopped" ? "failed" : state, ...(losses === undefined ? {} : { losses }) }];
  });
  return (again) => suggestTpe(space, trials, random(again));
}

/** Rules may bring seeds of their own. */
function seedOf({ seed, axes }: Sweep): string {
  return [seed, ...axes.map((axis) => (axis.kind === "range" ? (axis.seed ?? "") : ""))].join(",");
}

/** The last axis turns fastest. */
function gridPoint(sweep: Sweep, index: number): Values {
  const values: [string, ParameterValue][] = [];
  let rest = index;
  for (const axis of sweep.axes.toReversed()) {
    const count = countOf(axis) ?? 1;
    values.push([axis.name, axis.kind === "range" ? drawn(axis, rest % count, sweep) : valueAt(axis, rest % count)]);
    rest = Math.floor(rest / count);
  }
  return Object.fromEntries(values.reverse());
}

/** A grid has as many values of a range as its rules ask for, drawn once for all trials. */
function drawn(axis: Extract<Axis, { readonly kind: "range" }>, place: number, sweep: Sweep): ParameterValue {
  const { name, low, high, log, whole } = axis;
  const domain = { kind: whole ? "integer" : "float", low, high, log } as const;
  const random = new RandomNumbers("grid", name, sweep.seed, axis.seed ?? "", place);
  return sampleRandom([{ name, domain }], random)[name] ?? low;
}

/** From a place that the seed decides, the next combination that no trial has had. */
function firstLeft(sweep: Sweep, had: ReadonlySet<string>, index: number): Values | undefined {
  const all = combinationsOf(sweep.axes) ?? Number.POSITIVE_INFINITY;
  if (all > LARGEST_SCAN) return undefined;
  const start = new RandomNumbers("left", seedOf(sweep), index).below(all);
  for (let step = 0; step < all; step++) {
    const values = gridPoint(sweep, (start + step) % all);
    if (!had.has(keyOf(values, sweep.axes))) return values;
  }
  return undefined;
}

function keyOf(values: Readonly<Record<string, unknown>>, axes: readonly Axis[]): string {
  return JSON.stringify(axes.map(({ name }) => values[name]));
}

/** Returns the number of trials that a sweep may still begin. */
export function trialsLeft(sweep: Sweep, added: number, begun: number): number {
  return Math.max(0, Math.min(trialsOf(sweep) + added, placesOf(sweep)) - begun);
}

/** Returns the place of the file that trial `index` (from 0) gets, where each has one. */
export function fileOfTrial(sweep: Sweep, index: number): number {
  return Math.floor(index / pointsOf(sweep));
}

/** Returns true if trials are chosen by the results of those before them. */
export function followsResults({ method }: Pick<Sweep, "method">): boolean {
  return method !== "manual" && method !== "grid" && method !== "distributed";
}
