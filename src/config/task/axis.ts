import type { Scalar } from "../model.ts";

/**
 * The values that one parameter of a task takes, as its rules say. Plain data: it is stored with the plan, and a
 * million values are counted without being listed.
 */
export type Axis = { readonly name: string } & AxisValues;

export type AxisValues =
  | { readonly kind: "list"; readonly values: readonly Scalar[] }
  /** `start`, `start + step` … */
  | {
      readonly kind: "linear";
      readonly start: number;
      readonly step: number;
      readonly count: number;
      readonly whole: boolean;
    }
  /** `base` to the power of `start`, `start + step` … */
  | {
      readonly kind: "logspace";
      readonly base: number;
      readonly start: number;
      readonly step: number;
      readonly count: number;
      readonly whole: boolean;
    }
  /** Any number between two; `count` of them where they have to be listed. */
  | {
      readonly kind: "range";
      readonly low: number;
      readonly high: number;
      readonly log: boolean;
      readonly whole: boolean;
      readonly count?: number;
      readonly seed?: number;
    };

/** Returns the number of values of an axis; undefined if they are not counted. */
export function countOf(axis: AxisValues): number | undefined {
  if (axis.kind === "list") return axis.values.length;
  return axis.count;
}

/** A value of an axis that lists its values, by its place among them. */
export function valueAt(axis: Exclude<AxisValues, { readonly kind: "range" }>, index: number): Scalar {
  if (axis.kind === "list") return axis.values[index] ?? null;
  const at = axis.start + axis.step * index;
  const value = tidy(axis.kind === "linear" ? at : axis.base ** at);
  return axis.whole ? Math.round(value) : value;
}

/**
 * Returns the number of combinations of axes, which may be more than a list can hold; undefined if one is not counted.
 */
export function combinationsOf(axes: readonly AxisValues[]): number | undefined {
  let product = 1;
  for (const axis of axes) {
    const count = countOf(axis);
    if (count === undefined) return undefined;
    product *= count;
  }
  return product;
}

/** `0.1 + 0.2` is meant to be 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
