import { type Axis, countOf, type Scalar, valueAt } from "../../config/index.ts";
import type { ParameterDomain, ParameterSpace, ParameterValues } from "../space/parameter-space.ts";

/**
 * The axes of a task as a sampler sees them. A list of numbers in order is searched by the place of its values, so that
 * neighbours count as such; a list of anything else is a choice.
 */
export interface SearchSpace {
  readonly space: ParameterSpace;
  /** Returns the values that the step gets. */
  readonly outer: (values: ParameterValues) => Readonly<Record<string, Scalar>>;
  /** Returns the values that a sampler chose; undefined if the values are none of the space. */
  readonly inner: (values: Readonly<Record<string, unknown>>) => ParameterValues | undefined;
}

interface Coded {
  readonly name: string;
  readonly domain: ParameterDomain;
  readonly outer: (inner: string | number | boolean) => Scalar;
  readonly inner: (outer: unknown) => string | number | boolean | undefined;
}

export function searchSpaceOf(axes: readonly Axis[]): SearchSpace {
  const coded = axes.map(codedAxis);
  return {
    space: coded.map(({ name, domain }) => ({ name, domain })),
    outer: (values) =>
      Object.fromEntries(
        coded.flatMap(({ name, outer }) => {
          const value = values[name];
          return value === undefined ? [] : [[name, outer(value)]];
        }),
      ),
    inner: (values) => {
      const entries = coded.map(({ name, inner }) => [name, inner(values[name])] as const);
      return entries.some(([, value]) => value === undefined)
        ? undefined
        : (Object.fromEntries(entries) as ParameterValues);
    },
  };
}

/** Longer lists are searched by place without a table. */
const LARGEST_TABLE = 10_000;

function codedAxis(axis: Axis): Coded {
  const { name } = axis;
  if (axis.kind === "range") {
    const { low, high, log } = axis;
    const kind = axis.whole ? "integer" : "float";
    const clamp = (value: unknown): number | undefined =>
      typeof value === "number" && Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : undefined;
    return { name, domain: { kind, low, high, log }, outer: (inner) => inner as number, inner: clamp };
  }
  const count = countOf(axis) ?? 0;
  const at = (index: number): Scalar => valueAt(axis, index);
  if (axis.kind === "list" && !isInOrder(axis.values)) {
    const choices = axis.values.map((_, index) => index);
    // By place, since a choice may be `null` or a text that looks like a number.
    return {
      name,
      domain: { kind: "categorical", choices },
      outer: (inner) => at(inner as number),
      inner: (outer) => placeOf(axis.values, outer),
    };
  }
  const values = count <= LARGEST_TABLE ? Array.from({ length: count }, (_, index) => at(index)) : undefined;
  return {
    name,
    domain: { kind: "integer", low: 0, high: Math.max(0, count - 1) },
    outer: (inner) => at(inner as number),
    inner: (outer) => (values === undefined ? nearestPlace(at, count, outer) : placeOf(values, outer)),
  };
}

function placeOf(values: readonly Scalar[], value: unknown): number | undefined {
  const exact = values.indexOf(value as Scalar);
  if (exact !== -1 || typeof value !== "number") return exact === -1 ? undefined : exact;
  const near = values.findIndex(
    (each) => typeof each === "number" && Math.abs(each - value) <= 1e-9 * Math.max(1, Math.abs(value)),
  );
  return near === -1 ? undefined : near;
}

/** By halving: the values grow, or fall, with their place. */
function nearestPlace(at: (index: number) => Scalar, count: number, value: unknown): number | undefined {
  if (typeof value !== "number") return undefined;
  const rises = (at(count - 1) as number) >= (at(0) as number);
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rises ? (at(middle) as number) < value : (at(middle) as number) > value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isInOrder(values: readonly Scalar[]): boolean {
  if (values.length < 3) return false;
  const rises = (a: unknown, b: unknown): boolean => typeof a === "number" && typeof b === "number" && a < b;
  const pairs = values.slice(1).map((value, index) => [values[index], value] as const);
  return pairs.every(([a, b]) => rises(a, b)) || pairs.every(([a, b]) => rises(b, a));
}
