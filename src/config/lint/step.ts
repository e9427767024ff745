import type { Report } from "../build/report.ts";
import type { PlacedStep } from "../build/step.ts";
import { inputNameProblem } from "../input-name.ts";
import { lintCommand } from "./command.ts";
import type { FilesAround } from "./context.ts";
import { lintExpression } from "./expression.ts";
import { lintCodePatterns, lintFiles, lintInputFiles, lintInstalls, lintRequirements } from "./files.ts";
import { lintParameter } from "./parameter.ts";
import { lintPipes } from "./pipes.ts";

/** Checks what can be said of a step on its own. */
export function lintStep(placed: PlacedStep, report: Report): void {
  const { value: step, path } = placed;
  if (step.runtimeConfigPreset !== undefined && step.environment === undefined) {
    const message = `the step \`${step.name}\` names a \`runtime-config-preset\`, which needs an \`environment\` beside it`;
    report("preset-without-environment", [...path, "runtime-config-preset"], message, { mark: "key" });
  }
  lintExpression(step.stopCondition, [...path, "stop-condition"], report);
  for (const [index, parameter] of step.parameters.entries())
    lintParameter(parameter, [...path, "parameters", index], report);
  if (step.image === "") {
    const message = `the step \`${step.name}\` has no \`image\`: Headrace runs it on this machine, Valohai's own tools refuse it`;
    report("no-image", path, message, { mark: "key" });
  }
  for (const [index, input] of step.inputs.entries()) {
    const problem = inputNameProblem(input.name);
    if (problem === undefined) continue;
    const message = `the input name \`${input.name}\` ${problem}: it cannot be the name of a folder, and a run of the step refuses it`;
    report("wrong-input-name", [...path, "inputs", index, "name"], message);
  }
  lintCommand(placed, report);
  lintInstalls(placed, report);
  lintPipes(placed, report);
}

/** Checks the parts of a step that ask for the files around the configuration. */
export function lintFilesOfStep(
  placed: PlacedStep,
  { fileExists, inputExists = fileExists, matchesCode }: FilesAround,
  report: Report,
): void {
  if (matchesCode !== undefined) lintCodePatterns(placed, matchesCode, report);
  lintFiles(placed, fileExists, report);
  lintInputFiles(placed, inputExists, report);
  lintRequirements(placed, fileExists, report);
}
