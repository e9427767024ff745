import { ExpressionFailure, type ExpressionValue } from "./expression.ts";

/** Data that an expression may see: own, enumerable data properties; anything else in it is as good as absent. */
export type Names = Readonly<Record<string, unknown>>;

/**
 * Finds a dotted name: under its whole text first, then `a.b.c` as `b.c` in the record `a`, and so on inwards,
 * so that a metadata key that has dots itself (`metadata.val.loss`) is found as well.
 */
export function lookUp(names: Names, name: string, offset: number): ExpressionValue {
  const found = find(names, name);
  if (found === undefined) throw new ExpressionFailure(`${name} has no value`, offset, name);
  if (isValue(found.value)) return found.value;
  const kind = Array.isArray(found.value) ? "a list" : typeof found.value === "object" ? "a record" : "no single value";
  throw new ExpressionFailure(`${name} is ${kind}; expressions work on single values`, offset);
}

function find(record: unknown, name: string): { readonly value: unknown } | undefined {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return undefined;
  const whole = ownData(record, name);
  if (whole !== undefined) return whole;
  const dot = name.indexOf(".");
  if (dot === -1) return undefined;
  const inner = ownData(record, name.slice(0, dot));
  return inner === undefined ? undefined : find(inner.value, name.slice(dot + 1));
}

/** Reads a property without calling anything: accessors and what is inherited do not count. */
function ownData(record: object, key: string): { readonly value: unknown } | undefined {
  const property = Object.getOwnPropertyDescriptor(record, key);
  if (property === undefined || !("value" in property) || property.value === undefined) return undefined;
  return { value: property.value };
}

function isValue(value: unknown): value is ExpressionValue {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
