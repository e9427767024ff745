import type { Goal } from "../../config/index.ts";
import { dominates } from "../samplers/fronts.ts";
import type { SweepTrial } from "../sweep/history.ts";

type Metadata = Readonly<Record<string, unknown>>;

/** The number that a metric has, or why it has none, in words. */
export type MetricResult =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly problem: string };

export function metricOf(metric: string, metadata: Metadata): MetricResult {
  const value = Object.hasOwn(metadata, metric) ? metadata[metric] : undefined;
  if (typeof value === "number" && Number.isFinite(value)) return { ok: true, value };
  if (value === undefined) return { ok: false, problem: `it printed no ${metric}` };
  if (typeof value === "number" || isNoNumber(value))
    return { ok: false, problem: `its ${metric} is ${String(value)}, which cannot be compared` };
  if (value === null) return { ok: false, problem: `its ${metric} is null` };
  const shown = typeof value === "string" ? `the text ${JSON.stringify(value.slice(0, 40))}` : "no single number";
  return { ok: false, problem: `its ${metric} is ${shown}` };
}

/** Metadata cannot hold these as numbers. */
function isNoNumber(value: unknown): boolean {
  return typeof value === "string" && /^[+-]?(nan|inf(inity)?)$/i.test(value.trim());
}

/**
 * Returns the losses to be minimized, by goal; undefined if the first goal has no number, NaN where another has none.
 */
export function lossesOf(goals: readonly Goal[], metadata: Metadata): readonly number[] | undefined {
  const losses = goals.map((goal) => {
    const metric = metricOf(goal.metric, metadata);
    return metric.ok ? lossOf(goal, metric.value) : Number.NaN;
  });
  return losses.length === 0 || Number.isNaN(losses[0]) ? undefined : losses;
}

function lossOf({ direction, value: target = 0 }: Goal, value: number): number {
  if (direction === "max") return -value;
  return direction === "min" ? value : Math.abs(value - target);
}

/** True once a trial has what the task looks for: nothing more need be tried. */
export function isReached(goal: Goal, value: number, earlier: readonly number[] = []): boolean {
  const { direction, value: target } = goal;
  if (target === undefined) return false;
  if (direction === "max") return value >= target;
  if (direction === "min") return value <= target;
  // On which side the target is reached from, the first trial says.
  const [first = value] = earlier;
  return first === target || value === target || first < target === value > target;
}

/** Complete trials in the order of their first goal, the best first; trials of one value in their own order. */
export function ranked(goals: readonly Goal[], trials: readonly SweepTrial[]): readonly SweepTrial[] {
  const withLosses = trials.flatMap((trial) => {
    const losses = trial.state === "complete" ? lossesOf(goals, trial.metadata) : undefined;
    return losses === undefined ? [] : [{ trial, losses }];
  });
  return withLosses
    .sort((a, b) => (a.losses[0] ?? 0) - (b.losses[0] ?? 0) || a.trial.trial - b.trial.trial)
    .map(({ trial }) => trial);
}

export function bestOf(goals: readonly Goal[], trials: readonly SweepTrial[]): SweepTrial | undefined {
  return ranked(goals, trials)[0];
}

/** The complete trials of which no other is better in one goal and no worse in all. */
export function paretoFront(goals: readonly Goal[], trials: readonly SweepTrial[]): readonly SweepTrial[] {
  const candidates = trials.flatMap((trial) => {
    const losses = trial.state === "complete" ? lossesOf(goals, trial.metadata) : undefined;
    return losses === undefined || losses.some(Number.isNaN) ? [] : [{ trial, losses }];
  });
  if (goals.length === 1) return ranked(goals, trials).slice(0, 1);
  return candidates
    .filter(({ losses }) => !candidates.some((other) => dominates(other.losses, losses)))
    .map(({ trial }) => trial);
}
