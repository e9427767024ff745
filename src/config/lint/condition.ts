import { namesOf, parseExpression } from "../../expressions/index.ts";
import type { Report } from "../build/report.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";

/**
 * A condition of an action. Like Valohai's tools, lint lets it pass with a warning where it does not parse; planning a
 * run refuses it. Only a run can tell which metadata a step prints, but a name that means a parameter has to be one of
 * its step.
 */
export function lintCondition(
  text: string,
  parameters: ReadonlySet<string> | undefined,
  path: Path,
  report: Report,
): void {
  const result = parseExpression(text);
  if (!result.ok) {
    const message = `the condition \`${text}\` is not an expression: ${result.message} (at character ${result.offset + 1})`;
    report("wrong-condition", path, message, { hint: "a run refuses it" });
    return;
  }
  if (parameters === undefined) return;
  for (const name of new Set(namesOf(result.expression).map((one) => one.name)))
    lintName(name, parameters, path, report);
}

function lintName(name: string, parameters: ReadonlySet<string>, path: Path, report: Report): void {
  const parameter = /^parameters?\.(.+)$/s.exec(name)?.[1];
  if (parameter !== undefined) {
    if (parameters.has(parameter)) return;
    const message = `the step has no parameter \`${parameter}\`, so that \`${name}\` has no value and the condition never holds`;
    report("unknown-parameter", path, message, { hint: () => suggestionHint(parameter, parameters, "parameters") });
    return;
  }
  if (!parameters.has(name)) return;
  const hint = `the parameter is \`parameter.${name}\`; write \`metadata.${name}\` if the metadata is meant`;
  report("unclear-name", path, `\`${name}\` means the metadata of this name, and the step has a parameter called so`, {
    hint,
  });
}
