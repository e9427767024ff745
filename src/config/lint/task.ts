import type { Report } from "../build/report.ts";
import type { Placed } from "../build/unique.ts";
import type { Step, TaskBlueprint } from "../model.ts";
import { suggestionHint } from "../schema/suggest.ts";
import { readSweep } from "../task/read-sweep.ts";
import { lintExpression } from "./expression.ts";
import type { LintIndex } from "./lint-index.ts";

const BAYESIAN_ONLY = [
  ["engine", "engine"],
  ["optimization-target-metric", "optimizationTargetMetric"],
  ["optimization-target-value", "optimizationTargetValue"],
] as const;

/** Keys that the task's type does not use, and names that its step does not have. */
export function lintTask({ value: task, path }: Placed<TaskBlueprint>, index: LintIndex, report: Report): void {
  lintExpression(task.stopCondition, [...path, "stop-condition"], report);
  if (task.parameterSets.length > 0 && task.type !== "manual_search" && task.type !== "distributed") {
    report("no-effect", [...path, "parameter-sets"], "`parameter-sets` has an effect only with `type: manual_search`", {
      mark: "key",
    });
  }
  if (task.type !== "bayesian_tpe") {
    for (const [key, property] of BAYESIAN_ONLY) {
      if (task[property] !== undefined)
        report("no-effect", [...path, key], `\`${key}\` has an effect only with \`type: bayesian_tpe\``, {
          mark: "key",
        });
    }
  }
  const step = lintStepReference(task, path, index, report);
  if (step !== undefined) lintRules(task, path, step, report);
}

/**
 * Reports problems that keep a run of the task from starting. Valohai's tools do not report them, hence they are no
 * errors.
 */
function lintRules(task: TaskBlueprint, path: Placed<TaskBlueprint>["path"], step: Step, report: Report): void {
  const result = readSweep(task, step);
  if (result.ok) return;
  const known = new Set(step.parameters.map(({ name }) => name));
  const isSaid = (name: unknown): boolean => typeof name === "string" && !known.has(name);
  for (const { path: below, message, hint } of result.problems) {
    // `unknown-parameter` says it.
    if (below[0] === "parameters" && below[2] === "name" && isSaid(task.parameters[below[1] as number]?.name)) continue;
    report("wrong-task", [...path, ...below], `${message}; a run of the task refuses it`, {
      mark: "value",
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Only a warning: Valohai's own tools do not look at a task that no pipeline uses. */
function lintStepReference(
  task: TaskBlueprint,
  path: Placed<TaskBlueprint>["path"],
  index: LintIndex,
  report: Report,
): Step | undefined {
  if (!index.hasStep(task.step)) {
    report("unknown-task-step", [...path, "step"], `there is no step \`${task.step}\``, {
      hint: () => suggestionHint(task.step, index.stepNames),
    });
    return undefined;
  }
  const step = index.step(task.step);
  if (step === undefined) return undefined;
  const names = index.names(step, "parameters");
  for (const [position, { name }] of task.parameters.entries()) {
    if (names.has(name)) continue;
    const message = `the step \`${step.name}\` has no parameter \`${name}\``;
    report("unknown-parameter", [...path, "parameters", position, "name"], message, {
      hint: () => suggestionHint(name, names),
    });
  }
  return step;
}
