import { pythonText } from "../command/python-text.ts";
import type { ParameterValue, Scalar } from "../model.ts";
import { YamlTimestamp } from "../yaml/timestamp.ts";

/** Plain JSON data: dates become text as Python prints them, and so do numbers that JSON does not have. */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  const scalar = plainScalar(value);
  if (scalar !== undefined) return scalar;
  const result: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value as object)) {
    Object.defineProperty(result, key, {
      value: plainValue(entry),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return result;
}

/** The scalar that a value stands for; `undefined` for lists and mappings. */
export function plainScalar(value: unknown): Scalar | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : pythonText(value);
    default:
      if (value === null) return null;
      return value instanceof YamlTimestamp ? value.text : undefined;
  }
}

/** A parameter's value; `undefined` where a mapping or a nested list stands in its place. */
export function parameterValue(value: unknown): ParameterValue | undefined {
  if (!Array.isArray(value)) return plainScalar(value);
  const scalars = value.map(plainScalar);
  return scalars.every((scalar) => scalar !== undefined) ? scalars : undefined;
}

/** A mapping of one's own choice, as plain JSON data. */
export function plainMapping(value: Readonly<Record<string, unknown>> | undefined): Readonly<Record<string, unknown>> {
  return value === undefined ? {} : (plainValue(value) as Readonly<Record<string, unknown>>);
}
