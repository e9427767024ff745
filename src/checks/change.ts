import type { Bounds, Expectation, FixedBounds } from "../config/index.ts";

/** Returns the largest change since the figure of before that an expectation allows. */
export function changeOf(expectation: Expectation): number | undefined {
  return "bounds" in expectation ? (expectation.bounds as Bounds).change : undefined;
}

/** One text for the same figure of the same rows: results of different days are found by it. */
export function figureKey(expectation: Expectation): string {
  const { rule, where } = expectation;
  const column = "column" in expectation ? expectation.column : "";
  const quantile = rule === "quantile" ? expectation.quantile : "";
  return JSON.stringify([rule, column, quantile, where ?? ""]);
}

/** Limits without the change: that allows a range around the figure of before, if there is one. */
export function fixedBounds({ change, ...bounds }: Bounds, previous: number | undefined): FixedBounds {
  if (change === undefined || previous === undefined) return bounds;
  const most = Math.abs(previous) * change;
  const [low, high] = [previous - most, previous + most];
  const { min, max } = bounds;
  return {
    ...bounds,
    min: typeof min === "number" ? Math.max(min, low) : low,
    max: typeof max === "number" ? Math.min(max, high) : high,
  };
}

/** The expectation with the limits that hold now. */
export function withFixedBounds(expectation: Expectation, previous: number | undefined): Expectation {
  if (changeOf(expectation) === undefined || !("bounds" in expectation)) return expectation;
  return { ...expectation, bounds: fixedBounds(expectation.bounds, previous) } as Expectation;
}
