import type { ExpressionValue } from "./expression.ts";

/** Python's truth: None, False, zero and the empty text are false, all else (NaN too) is true. */
export function truthy(value: ExpressionValue): boolean {
  return value !== null && value !== false && value !== 0 && value !== "";
}

/** Booleans count as 0 and 1, as in Python. */
export function isNumeric(value: ExpressionValue): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

export function toNumber(value: number | boolean): number {
  return typeof value === "number" ? value : value ? 1 : 0;
}

/** For messages: the word that a user has for the type. */
export function describeType(value: ExpressionValue): string {
  if (value === null) return "None";
  return { string: "a text", number: "a number", boolean: "a boolean" }[
    typeof value as "string" | "number" | "boolean"
  ];
}

/**
 * `str()` of a value; whole numbers print without a fraction, since a JSON number does not say whether it was a float.
 */
export function pythonString(value: ExpressionValue): string {
  if (value === null) return "None";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "0" : String(value);
}

/**
 * Order by code point, as Python orders; JavaScript's `<` compares UTF-16 units and puts emoji before some of the BMP.
 */
export function compareStrings(left: string, right: string): number {
  const a = left[Symbol.iterator]();
  const b = right[Symbol.iterator]();
  for (;;) {
    const x = a.next();
    const y = b.next();
    if (x.done || y.done) return (x.done ? 0 : 1) - (y.done ? 0 : 1);
    const difference = (x.value.codePointAt(0) ?? 0) - (y.value.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
}

/** `==` of Python: numbers and booleans compare by value, different kinds are unequal and no error. */
export function isEqual(left: ExpressionValue, right: ExpressionValue): boolean {
  if (isNumeric(left) && isNumeric(right)) return toNumber(left) === toNumber(right);
  return left === right;
}
