import type { Report } from "../build/report.ts";
import { pythonText } from "../command/python-text.ts";
import type { Parameter, Scalar } from "../model.ts";
import { validateParameterValue } from "../parameter-value.ts";
import type { Path } from "../report/problem.ts";

/** Defaults that the parameter itself does not allow. Like Valohai, falsy defaults are not looked at. */
export function lintParameter(parameter: Parameter, path: Path, report: Report): void {
  const { default: value } = parameter;
  if (!value || (Array.isArray(value) && value.length === 0)) return;
  for (const message of defaultProblems(parameter, value)) {
    report("default-not-valid", [...path, "default"], `the default of \`${parameter.name}\` does not fit: ${message}`);
  }
}

function defaultProblems(parameter: Parameter, value: NonNullable<Parameter["default"]>): readonly string[] {
  if (parameter.type === "string") {
    const other = (Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar]).filter((atom) => typeof atom !== "string");
    if (other.length > 0) return other.map((atom) => `${pythonText(atom)} is not text; put it in quotes`);
  }
  const result = validateParameterValue(parameter, value);
  return result.ok ? [] : result.messages;
}
