import { pythonText } from "./command/python-text.ts";
import type { Parameter, ParameterValue, Scalar } from "./model.ts";

/** A typed value, or everything that is wrong with it (each a sentence part without a full stop). */
export type ParameterValueResult =
  | { readonly ok: true; readonly value: ParameterValue }
  | { readonly ok: false; readonly messages: readonly string[] };

type AtomResult = { readonly value: Scalar } | { readonly message: string };

/**
 * Reads what a user typed for a parameter, one text per value. A `multiple` parameter always yields a list. Numbers are
 * read as Python's `int()` and `float()` read them; `inf` and `nan` stay texts, since JSON has no number for them.
 */
export function parseParameterValue(parameter: Parameter, texts: readonly string[]): ParameterValueResult {
  const [only] = texts;
  if (only === undefined && parameter.multiple === "none") return { ok: false, messages: ["no value is given"] };
  return validateParameterValue(
    parameter,
    parameter.multiple === "none" && texts.length === 1 && only !== undefined ? only : texts,
  );
}

/**
 * Holds a value (from a file, an edge or a program) against a parameter's type, choices and limits, and converts it to
 * that type.
 */
export function validateParameterValue(parameter: Parameter, value: unknown): ParameterValueResult {
  if (value === null || value === undefined) return { ok: false, messages: ["no value is given"] };
  const isMultiple = parameter.multiple !== "none";
  if (Array.isArray(value) && !isMultiple) {
    return {
      ok: false,
      messages: [`only a single value is allowed, not a list of ${value.length} (\`multiple\` is not set)`],
    };
  }
  const messages: string[] = [];
  const atoms: Scalar[] = [];
  for (const item of Array.isArray(value) ? value : [value]) {
    const atom = convertAtom(parameter, item);
    if ("message" in atom) {
      messages.push(atom.message);
      continue;
    }
    atoms.push(atom.value);
    messages.push(...limitProblems(parameter, atom.value));
  }
  if (messages.length > 0) return { ok: false, messages };
  return { ok: true, value: isMultiple ? atoms : (atoms[0] ?? null) };
}

/**
 * The default as the step gets it: each value in the parameter's type, so that `1e-5` (which YAML 1.1 reads as text), a
 * pipeline parameter's 0.00001 and a `--param x=1e-5` are one value. A value that cannot be converted stays as it is
 * written, as in Valohai; lint warns of it. Choices and limits are not looked at.
 */
export function typedDefault(parameter: Parameter): ParameterValue | undefined {
  const { default: value, multiple } = parameter;
  if (value === undefined || value === null) return undefined;
  const typed = listOf(value).map((atom, index) => typedAtom(parameter, atom, index));
  return Array.isArray(value) || multiple !== "none" ? typed : (typed[0] ?? null);
}

function typedAtom(parameter: Parameter, atom: Scalar, index: number): Scalar {
  const written = parameter.defaultTexts?.[index];
  // Only the file's text tells `1` from `1.0`.
  if (parameter.type === "string" && written !== undefined) return written;
  const result = convertAtom(parameter, atom);
  return "value" in result ? result.value : atom;
}

function listOf(value: ParameterValue): readonly Scalar[] {
  return Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
}

function convertAtom(parameter: Parameter, item: unknown): AtomResult {
  if (!isScalar(item) || item === null) return { message: `${shorten(show(item))} is not a single value` };
  switch (parameter.type) {
    case "integer":
      return toInteger(item);
    case "float":
      return toFloat(item);
    case "flag":
      return toFlag(item);
    case "string":
      // A value that is no text becomes the text that a command shows: `True`, `5`.
      return { value: pythonText(item) };
  }
}

const INTEGER = /^[+-]?\d+(?:_\d+)*$/;

function toInteger(item: string | number | boolean): AtomResult {
  if (typeof item === "boolean") return { message: `${pythonText(item)} is not an integer` };
  const text = typeof item === "number" ? wholeNumberText(item) : item.trim();
  if (text === "") return { message: "no value is given" };
  if (!INTEGER.test(text)) return { message: `${shorten(show(item))} is not an integer` };
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(value)) {
    return {
      message: `${shorten(text)} is beyond ±${Number.MAX_SAFE_INTEGER}, the largest integer that every part of a run keeps exactly`,
    };
  }
  return { value: value === 0 ? 0 : value };
}

function wholeNumberText(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}

const DIGITS = String.raw`\d+(?:_\d+)*`;
const FLOAT = new RegExp(String.raw`^[+-]?(?:${DIGITS}\.?(?:${DIGITS})?|\.${DIGITS})(?:[eE][+-]?${DIGITS})?$`);
const NOT_FINITE = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;

function toFloat(item: string | number | boolean): AtomResult {
  if (typeof item === "boolean") return { message: `${pythonText(item)} is not a floating-point number` };
  if (typeof item === "number") return { value: Number.isFinite(item) ? item : pythonText(item, "float") };
  const text = item.trim();
  if (text === "") return { message: "no value is given" };
  const special = NOT_FINITE.exec(text);
  if (special !== null) return { value: special[2] === undefined ? "nan" : special[1] === "-" ? "-inf" : "inf" };
  if (!FLOAT.test(text)) return { message: `${shorten(show(item))} is not a floating-point number` };
  const value = Number(text.replaceAll("_", ""));
  return { value: Number.isFinite(value) ? value : pythonText(value, "float") };
}

const TRUE_WORDS: ReadonlySet<string> = new Set(["true", "t", "yes", "y", "on", "1"]);
const FALSE_WORDS: ReadonlySet<string> = new Set(["false", "f", "no", "n", "off", "0"]);

function toFlag(item: string | number | boolean): AtomResult {
  if (typeof item === "boolean") return { value: item };
  const word = String(item).trim().toLowerCase();
  if (TRUE_WORDS.has(word)) return { value: true };
  if (FALSE_WORDS.has(word)) return { value: false };
  return { message: `${shorten(show(item))} is neither true nor false` };
}

function limitProblems(parameter: Parameter, value: Scalar): readonly string[] {
  if (parameter.type === "flag") return [];
  const problems: string[] = [];
  const { min, max, choices } = parameter;
  const amount = numberOf(parameter, value);
  if (amount !== undefined && min !== undefined && amount < min) {
    problems.push(`${String(value)} is less than the minimum allowed (${min})`);
  }
  if (amount !== undefined && max !== undefined && amount > max) {
    problems.push(`${String(value)} is greater than the maximum allowed (${max})`);
  }
  if (
    choices !== undefined &&
    choices.length > 0 &&
    !choices.some((choice) => isSameChoice(parameter, choice, value))
  ) {
    problems.push(`${shorten(show(value))} is not among the choices ${choices.map(show).join(", ")}`);
  }
  return problems;
}

/** The value as a number where limits apply: texts have none, save for the non-finite floats that are kept as texts. */
function numberOf(parameter: Parameter, value: Scalar): number | undefined {
  if (typeof value === "number") return value;
  if (parameter.type !== "float" || typeof value !== "string") return undefined;
  return { inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY }[value];
}

/** A choice that YAML read as a number is met by the same digits typed as text: what the user sees is equal. */
function isSameChoice(parameter: Parameter, choice: Scalar, value: Scalar): boolean {
  if (choice === value) return true;
  if (parameter.type === "string") return pythonText(choice) === pythonText(value);
  return (
    choice !== null &&
    typeof choice !== "boolean" &&
    String(choice).trim() !== "" &&
    Number(choice) === numberOf(parameter, value)
  );
}

function isScalar(item: unknown): item is Scalar {
  return item === null || typeof item === "string" || typeof item === "number" || typeof item === "boolean";
}

function show(item: unknown): string {
  if (typeof item === "string") return JSON.stringify(item);
  if (isScalar(item)) return pythonText(item);
  return Array.isArray(item) ? "a list" : "an object";
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}
