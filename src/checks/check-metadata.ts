import type { CheckValue, FixedBounds, MetadataExpectation } from "../config/index.ts";
import { fixedBounds } from "./change.ts";
import { limits } from "./describe.ts";

/** The result of an expectation of a metadata value. */
export interface MetadataResult {
  readonly expectation: MetadataExpectation;
  readonly outcome: "passed" | "failed" | "error";
  /** The last value; null if there is none. */
  readonly observed: unknown;
  readonly error?: string;
  readonly previous?: number;
}

/** Holds the last values of metadata keys against expectations. `previous` has those of before. */
export function checkMetadata(
  expectations: readonly MetadataExpectation[],
  metadata: Readonly<Record<string, unknown>>,
  previous: (key: string) => unknown,
): readonly MetadataResult[] {
  return expectations.map((expectation) => {
    const { key, bounds, values } = expectation;
    const observed = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    if (observed === undefined || observed === null)
      return { expectation, outcome: "error", observed: null, error: `the step printed no ${key}` };
    const last = bounds.change === undefined ? undefined : previous(key);
    const before = typeof last === "number" ? last : undefined;
    const isListed = values === undefined || values.some((value) => value === observed);
    const holds = isListed && isWithin(observed, fixedBounds(bounds, before));
    return {
      ...{ expectation, observed, outcome: holds ? "passed" : "failed" },
      ...(before !== undefined && { previous: before }),
    };
  });
}

/** In words, without the key. */
export function describeMetadata({ bounds, values }: MetadataExpectation): string {
  const listed = values === undefined ? [] : [`one of ${values.join(", ")}`];
  return [...(Object.keys(bounds).length === 0 ? [] : [limits(bounds)]), ...listed].join(" and ");
}

const HOLDS: Readonly<Record<keyof FixedBounds, (value: number | string, limit: number | string) => boolean>> = {
  min: (value, limit) => value >= limit,
  max: (value, limit) => value <= limit,
  above: (value, limit) => value > limit,
  below: (value, limit) => value < limit,
};

function isWithin(value: unknown, bounds: FixedBounds): boolean {
  return (Object.entries(bounds) as [keyof FixedBounds, CheckValue][]).every(([key, limit]) => {
    // Only one value lies within two equal limits, whatever its type.
    if (typeof limit === "boolean" || typeof value === "boolean") return value === limit;
    // A comparison of a number with a text would be one of whatever the text can be read as.
    return typeof value === typeof limit && HOLDS[key](value as number | string, limit);
  });
}
