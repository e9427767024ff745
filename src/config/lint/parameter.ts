import type { Report } from "../build/report.ts";
import { pythonText } from "../command/python-text.ts";
import type { Parameter, ParameterValue, Scalar } from "../model.ts";
import { validateParameterValue } from "../parameter-value.ts";
import type { Path } from "../report/problem.ts";

/**
 * Defaults that the parameter itself does not allow, or that YAML reads as something else than a reader of the file
 * does.
 */
export function lintParameter(parameter: Parameter, path: Path, report: Report): void {
  lintChoices(parameter, path, report);
  const { default: value } = parameter;
  // `default: ""` of a number is how many write that there is none; Valohai passes it on as it is.
  if (value === undefined || value === null || value === "") return;
  for (const message of valueProblems(parameter, value)) {
    report("default-not-valid", [...path, "default"], `the default of \`${parameter.name}\` does not fit: ${message}`);
  }
}

/** YAML reads `[no, 1.10]` as a boolean and a number: the texts that can be chosen are `False` and `1.1`. */
function lintChoices({ name, type, choices }: Parameter, path: Path, report: Report): void {
  if (type !== "string") return;
  for (const [index, choice] of (choices ?? []).entries()) {
    if (typeof choice === "string" || isWholeNumber(choice)) continue;
    const message = `the choice ${pythonText(choice)} of \`${name}\` is not text; put it in quotes`;
    report("unusual-value", [...path, "choices", index], message);
  }
}

/** `[1, 2]` reads the same as numbers and as text. */
function isWholeNumber(choice: Scalar): boolean {
  return typeof choice === "number" && Number.isSafeInteger(choice);
}

/**
 * Returns what is wrong with a pipeline parameter's default for this parameter. The pipeline parameter has no type of
 * its own, so that whole numbers do as text.
 */
export function handedProblems(parameter: Parameter, value: ParameterValue): readonly string[] {
  if (parameter.type !== "string" || Array.isArray(value)) return valueProblems(parameter, value);
  return valueProblems(parameter, isWholeNumber(value as Scalar) ? pythonText(value) : value);
}

/** Returns what is wrong with a value of the file for this parameter, or was changed on the way from the file. */
function valueProblems(parameter: Parameter, value: ParameterValue): readonly string[] {
  const atoms = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
  if (parameter.type === "string") {
    const other = atoms.filter((atom) => typeof atom !== "string");
    if (other.length > 0) return other.map((atom) => `${pythonText(atom)} is not text; put it in quotes`);
  }
  const result = validateParameterValue(parameter, value);
  if (!result.ok) return result.messages;
  if (parameter.type !== "flag") return [];
  return atoms
    .filter((atom) => typeof atom !== "boolean")
    .map((atom) => `${shown(atom)} is no boolean; it is taken as \`${String(result.value)}\``);
}

function shown(atom: Scalar): string {
  return typeof atom === "string" ? `the text "${atom}"` : pythonText(atom);
}
