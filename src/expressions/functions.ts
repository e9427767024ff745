import { power } from "./arithmetic.ts";
import { ExpressionFailure, type ExpressionValue } from "./expression.ts";
import { compareStrings, describeType, isNumeric, pythonString, toNumber, truthy } from "./values.ts";

/** A function of the language; failures are raised as ExpressionFailure at `offset`. */
interface PlainFunction {
  readonly minArgs: number;
  readonly maxArgs: number;
  readonly apply: (args: readonly ExpressionValue[], offset: number) => ExpressionValue;
}

/**
 * Everything that can be called: Python's built-ins that work on single values. A map, so that no inherited name can be
 * reached.
 */
export const FUNCTIONS: ReadonlyMap<string, PlainFunction> = new Map<string, PlainFunction>([
  ["abs", { minArgs: 1, maxArgs: 1, apply: ([value], offset) => Math.abs(numeric("abs", value, offset)) }],
  ["bool", { minArgs: 0, maxArgs: 1, apply: ([value]) => truthy(value ?? null) }],
  ["float", { minArgs: 0, maxArgs: 1, apply: ([value], offset) => toFloat(value, offset) }],
  ["int", { minArgs: 0, maxArgs: 1, apply: ([value], offset) => toInt(value, offset) }],
  ["len", { minArgs: 1, maxArgs: 1, apply: ([value], offset) => length(value, offset) }],
  ["max", { minArgs: 2, maxArgs: 100, apply: (args, offset) => extreme("max", args, offset) }],
  ["min", { minArgs: 2, maxArgs: 100, apply: (args, offset) => extreme("min", args, offset) }],
  ["pow", { minArgs: 2, maxArgs: 2, apply: ([base, exponent], offset) => pow(base, exponent, offset) }],
  ["round", { minArgs: 1, maxArgs: 2, apply: ([value, digits], offset) => round(value, digits, offset) }],
  ["str", { minArgs: 0, maxArgs: 1, apply: ([value]) => (value === undefined ? "" : pythonString(value)) }],
]);

/** Calls a function of the table, checking how many arguments it takes. */
export function callFunction(name: string, args: readonly ExpressionValue[], offset: number): ExpressionValue {
  const found = FUNCTIONS.get(name);
  if (found === undefined) throw new ExpressionFailure(`unknown function ${name}()`, offset);
  const { minArgs, maxArgs } = found;
  if (args.length < minArgs || args.length > maxArgs) {
    const wanted =
      minArgs === maxArgs ? String(minArgs) : maxArgs === 100 ? `at least ${minArgs}` : `${minArgs} to ${maxArgs}`;
    throw new ExpressionFailure(
      `${name}() takes ${wanted} ${wanted === "1" ? "value" : "values"}, not ${args.length}`,
      offset,
    );
  }
  return found.apply(args, offset);
}

function numeric(name: string, value: ExpressionValue | undefined, offset: number): number {
  if (value !== undefined && isNumeric(value)) return toNumber(value);
  throw new ExpressionFailure(`${name}() needs a number, not ${describeType(value ?? null)}`, offset);
}

const FLOAT_TEXT = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?$/i;
const INT_TEXT = /^[+-]?\d+(?:_\d+)*$/;

function toFloat(value: ExpressionValue | undefined, offset: number): number {
  if (value === undefined) return 0;
  if (isNumeric(value)) return toNumber(value);
  const text = typeof value === "string" ? value.trim() : "";
  if (FLOAT_TEXT.test(text)) return Number(text.replaceAll("_", ""));
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i.exec(text);
  if (special === null) throw new ExpressionFailure(`float() cannot read ${show(value)}`, offset);
  if (special[2] === undefined) return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function toInt(value: ExpressionValue | undefined, offset: number): number {
  if (value === undefined) return 0;
  if (isNumeric(value)) {
    const number = Math.trunc(toNumber(value));
    if (Number.isFinite(number)) return number;
  } else if (typeof value === "string" && INT_TEXT.test(value.trim())) {
    return Number(value.trim().replaceAll("_", ""));
  }
  throw new ExpressionFailure(`int() cannot read ${show(value)}`, offset);
}

function length(value: ExpressionValue | undefined, offset: number): number {
  if (typeof value !== "string")
    throw new ExpressionFailure(`len() needs a text, not ${describeType(value ?? null)}`, offset);
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

function extreme(name: "max" | "min", args: readonly ExpressionValue[], offset: number): ExpressionValue {
  const [first = null, ...rest] = args;
  let best = first;
  for (const value of rest) {
    const order = orderOf(name, value, best, offset);
    if (name === "max" ? order > 0 : order < 0) best = value;
  }
  return best;
}

function orderOf(name: string, left: ExpressionValue, right: ExpressionValue, offset: number): number {
  if (isNumeric(left) && isNumeric(right)) return toNumber(left) - toNumber(right);
  if (typeof left === "string" && typeof right === "string") return compareStrings(left, right);
  throw new ExpressionFailure(`${name}() cannot order ${describeType(left)} and ${describeType(right)}`, offset);
}

function pow(base: ExpressionValue | undefined, exponent: ExpressionValue | undefined, offset: number): number {
  return power(numeric("pow", base, offset), numeric("pow", exponent, offset), offset);
}

function round(value: ExpressionValue | undefined, digits: ExpressionValue | undefined, offset: number): number {
  const number = numeric("round", value, offset);
  const places = digits === undefined || digits === null ? 0 : numeric("round", digits, offset);
  if (!Number.isInteger(places)) throw new ExpressionFailure("round() needs a whole number of digits", offset);
  if (!Number.isFinite(number)) {
    if (digits !== undefined && digits !== null) return number;
    throw new ExpressionFailure(`round() cannot make ${pythonString(number)} an integer`, offset);
  }
  return places >= 0 ? roundDecimals(number, places) : roundTens(number, -places);
}

/** Ties go to the even digit, decided on the exact binary value: round(2.5) is 2 and round(2.675, 2) is 2.67. */
function roundDecimals(number: number, places: number): number {
  if (places > 100 || Math.abs(number) >= 1e21) return number;
  const rounded = Number(number.toFixed(places));
  if (places > 70) return rounded;
  // toFixed is exact and takes ties away from zero; a tie shows as a lone 5 behind the last digit.
  const exact = Math.abs(number).toFixed(places + 30);
  const isTie = exact.endsWith(`5${"0".repeat(29)}`);
  if (!isTie) return rounded;
  const lower = exact.slice(0, -30).replace(/\.$/, "");
  const isEven = Number(lower.at(-1)) % 2 === 0;
  return isEven ? Math.sign(number) * Number(lower) : rounded;
}

function roundTens(number: number, places: number): number {
  if (places > 308) return 0;
  const unit = 10 ** places;
  const quotient = Math.abs(number) / unit;
  const floor = Math.floor(quotient);
  const rest = quotient - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 === 1);
  return Math.sign(number) * (floor + (up ? 1 : 0)) * unit;
}

function show(value: ExpressionValue): string {
  if (typeof value !== "string") return pythonString(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
}
