import type { Pruning } from "../../config/index.ts";

/** A value of the metric, and how far the trial was. */
export interface Progress {
  readonly step: number;
  readonly value: number;
}

/** Reads how far a trial is from what it printed, line by line. */
export function progressOf(
  { metric, step }: Pick<Pruning, "metric" | "step">,
  points: readonly Readonly<Record<string, unknown>>[],
): readonly Progress[] {
  const progress: Progress[] = [];
  let last: number | undefined;
  for (const point of points) {
    const at = step === undefined ? undefined : point[step];
    if (typeof at === "number" && Number.isFinite(at)) last = at;
    const value = point[metric];
    if (typeof value !== "number" || !Number.isFinite(value)) continue;
    if (step === undefined) progress.push({ step: progress.length + 1, value });
    else if (last !== undefined) progress.push({ step: last, value });
  }
  return progress;
}

/**
 * Returns the reason why a trial is to stop, in words; undefined if it may go on. `others` holds the progress of all
 * other trials.
 */
export function whyPruned(
  rule: Pruning,
  own: readonly Progress[],
  others: readonly (readonly Progress[])[],
): string | undefined {
  return rule.method === "asha" ? belowRung(rule, own, others) : belowMedian(rule, own, others);
}

/**
 * Successive halving, asynchronously (Li et al., 2020): at each rung a trial goes on only if it is among the best share
 * of those that have come there so far.
 */
function belowRung(
  rule: Pruning,
  own: readonly Progress[],
  others: readonly (readonly Progress[])[],
): string | undefined {
  const furthest = Math.max(...own.map(({ step }) => step), 0);
  for (let rung = rule.min; rung <= furthest; rung *= rule.factor) {
    const value = valueAtStep(own, rung);
    if (value === undefined) continue;
    const there = [...others.flatMap((other) => valueAtStep(other, rung) ?? []), value];
    // Fewer trials than `factor` cannot be told apart: the first goes on, as it does in Optuna.
    const places = Math.max(1, Math.floor(there.length / rule.factor));
    const better = there.filter((each) => isBetter(rule, each, value)).length;
    if (there.length >= 2 && better >= places && there.length >= rule.factor)
      return `${rule.metric} ${shown(value)} at step ${rung} is not among the best ${places} of ${there.length}`;
  }
  return undefined;
}

function belowMedian(
  rule: Pruning,
  own: readonly Progress[],
  others: readonly (readonly Progress[])[],
): string | undefined {
  const last = own.at(-1);
  if (last === undefined || last.step < rule.min) return undefined;
  const best = own.reduce((most, { value }) => (isBetter(rule, value, most) ? value : most), own[0]?.value ?? 0);
  const there = others.flatMap((other) => valueAtStep(other, last.step) ?? []);
  if (there.length < rule.startup) return undefined;
  const median = medianOf(there);
  if (!isBetter(rule, median, best)) return undefined;
  return `${rule.metric} ${shown(best)} at step ${last.step} is worse than the median ${shown(median)} of ${there.length} others`;
}

/** The value of a trial when it came to a step. */
function valueAtStep(progress: readonly Progress[], step: number): number | undefined {
  return progress.find((each) => each.step >= step)?.value;
}

function isBetter({ direction }: Pruning, a: number, b: number): boolean {
  return direction === "max" ? a > b : a < b;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
