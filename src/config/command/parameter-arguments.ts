import type { Parameter, ParameterValue, Scalar } from "../model.ts";
import { typedDefault } from "../parameter-value.ts";
import { pythonText } from "./python-text.ts";
import { pythonSplit } from "./python-whitespace.ts";

/**
 * The command-line words of one parameter, not yet quoted; none where the value is None, an unset flag or an empty
 * list. The template is split into words before it is formatted, so that a value with spaces stays one word.
 */
export function parameterArguments(parameter: Parameter, value: ParameterValue | undefined): readonly string[] {
  const template = templateFor(parameter, value);
  if (template === undefined || value === undefined || value === null) return [];
  const words = pythonSplit(template);
  const format = (text: string) => words.map((word) => formatWord(word, parameter.name, text));
  const texts = atomTexts(parameter, value);
  if (parameter.multiple === "separate")
    return texts.length === 0 ? [] : format(texts.join(parameter.multipleSeparator));
  return texts.flatMap(format);
}

/** Returns the text that `{parameter-value:NAME}` stands for: Python's `str()` of the value. */
export function parameterValueText(parameter: Parameter | undefined, value: ParameterValue): string {
  if (parameter === undefined) return pythonText(value);
  if (isList(value)) return listText(parameter, value);
  return atomTexts(parameter, value)[0] ?? "";
}

function templateFor(parameter: Parameter, value: ParameterValue | undefined): string | undefined {
  if (parameter.type !== "flag") return parameter.passAs || "--{name}={value}";
  const set = isTruthy(value);
  if (parameter.passTrueAs || parameter.passFalseAs)
    return (set ? parameter.passTrueAs : parameter.passFalseAs) || undefined;
  return set ? parameter.passAs || "--{name}" : undefined;
}

function atomTexts(parameter: Parameter, value: ParameterValue): readonly string[] {
  const atoms = isList(value) ? value : [value];
  const written = defaultAtoms(parameter, atoms);
  return written?.map(({ text }) => text) ?? atoms.map((atom) => pythonText(atom, parameter.type));
}

/** Returns the values of a list as they stand inside of Python's brackets: texts in quotes. */
function listText(parameter: Parameter, value: readonly Scalar[]): string {
  const written = defaultAtoms(parameter, value);
  if (written === undefined) return pythonText(value, parameter.type);
  return `[${written.map(({ atom, text }) => (typeof atom === "number" ? text : pythonText([atom]).slice(1, -1))).join(", ")}]`;
}

/**
 * The default as the file has it, where these values are the default: it prints as it is written (`1e-5`, not `1e-05`),
 * as in Valohai.
 */
function defaultAtoms(
  parameter: Parameter,
  atoms: readonly Scalar[],
): readonly { readonly atom: Scalar; readonly text: string }[] | undefined {
  const { default: own, defaultTexts, type } = parameter;
  // A flag prints as what it is: the `no` of a file is `False`.
  if (own === undefined || type === "flag") return undefined;
  const written = isList(own) ? own : [own];
  const typed = typedDefault(parameter) ?? null;
  if (!areEqual(written, atoms) && !areEqual(isList(typed) ? typed : [typed], atoms)) return undefined;
  return written.map((atom, index) => ({ atom, text: defaultTexts?.[index] ?? pythonText(atom, type) }));
}

function areEqual(one: readonly Scalar[], other: readonly Scalar[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

const FIELD = /\{\{|\}\}|\{(name|value|v)\}/g;

/**
 * Python's `str.format` as far as templates use it: the three fields and doubled braces; anything else stays as it is
 * written.
 */
function formatWord(word: string, name: string, value: string): string {
  return word.replace(FIELD, (match, field: string | undefined) => {
    if (match === "{{") return "{";
    if (match === "}}") return "}";
    return field === "name" ? name : value;
  });
}

function isList(value: ParameterValue): value is readonly Scalar[] {
  return typeof value === "object" && value !== null;
}

function isTruthy(value: ParameterValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  return isList(value) ? value.length > 0 : Boolean(value);
}
