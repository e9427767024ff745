import type { Report } from "../build/report.ts";
import type { Placed } from "../build/unique.ts";
import type { Step } from "../model.ts";
import { lintCommand } from "./command.ts";
import { lintExpression } from "./expression.ts";
import { lintFiles } from "./files.ts";
import { lintParameter } from "./parameter.ts";

/** What can be said of a step on its own. */
export function lintStep({ value: step, path }: Placed<Step>, fileExists: ((path: string) => boolean) | undefined, report: Report): void {
  if (step.runtimeConfigPreset !== undefined && step.environment === undefined) {
    const message = `the step \`${step.name}\` names a \`runtime-config-preset\`, which needs an \`environment\` beside it`;
    report("preset-without-environment", [...path, "runtime-config-preset"], message, { mark: "key" });
  }
  lintExpression(step.stopCondition, [...path, "stop-condition"], report);
  for (const [index, parameter] of step.parameters.entries()) lintParameter(parameter, [...path, "parameters", index], report);
  lintCommand(step, path, report);
  if (fileExists !== undefined) lintFiles(step, path, fileExists, report);
}
