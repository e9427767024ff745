import type { Parameter, ParameterValue, Scalar } from "../model.ts";
import { pythonText } from "./python-text.ts";
import { pythonSplit } from "./python-whitespace.ts";

/**
 * The command-line words of one parameter, not yet quoted; none where the value is None, an unset flag or an empty list.
 * The template is split into words before it is formatted, so that a value with spaces stays one word.
 */
export function parameterArguments(parameter: Parameter, value: ParameterValue | undefined): readonly string[] {
  const template = templateFor(parameter, value);
  if (template === undefined || value === undefined || value === null) return [];
  const words = pythonSplit(template);
  const format = (text: string) => words.map((word) => formatWord(word, parameter.name, text));
  const texts = atomTexts(parameter, value);
  if (parameter.multiple === "separate") return texts.length === 0 ? [] : format(texts.join(parameter.multipleSeparator));
  return texts.flatMap(format);
}

/** What `{parameter-value:NAME}` stands for: Python's `str()` of the value. */
export function parameterValueText(parameter: Parameter | undefined, value: ParameterValue): string {
  if (parameter === undefined || isList(value)) return pythonText(value, parameter?.type);
  return atomTexts(parameter, value)[0] ?? "";
}

function templateFor(parameter: Parameter, value: ParameterValue | undefined): string | undefined {
  if (parameter.type !== "flag") return parameter.passAs || "--{name}={value}";
  const set = isTruthy(value);
  if (parameter.passTrueAs || parameter.passFalseAs) return (set ? parameter.passTrueAs : parameter.passFalseAs) || undefined;
  return set ? parameter.passAs || "--{name}" : undefined;
}

function atomTexts(parameter: Parameter, value: ParameterValue): readonly string[] {
  const atoms = isList(value) ? value : [value];
  const written = parameter.defaultTexts;
  if (written !== undefined && written.length === atoms.length && isDefault(parameter, atoms)) return written;
  return atoms.map((atom) => pythonText(atom, parameter.type));
}

function isDefault(parameter: Parameter, atoms: readonly Scalar[]): boolean {
  const own = parameter.default;
  if (own === undefined) return false;
  const defaults = isList(own) ? own : [own];
  return defaults.length === atoms.length && defaults.every((item, index) => item === atoms[index]);
}

const FIELD = /\{\{|\}\}|\{(name|value|v)\}/g;

/** Python's `str.format` as far as templates use it: the three fields and doubled braces; anything else stays as it is written. */
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
