import type { Report } from "../build/report.ts";
import type { Placed } from "../build/unique.ts";
import type {
  DeploymentNode,
  ExecutionNode,
  NodeAction,
  NodeOverride,
  Parameter,
  PipelineNode,
  Step,
  TaskNode,
} from "../model.ts";
import type { Path } from "../report/problem.ts";
import { suggestionHint } from "../schema/suggest.ts";
import { lintCondition } from "./condition.ts";
import type { LintIndex } from "./lint-index.ts";
import { lintSubPipelineNode } from "./sub-pipeline-node.ts";

const WHEN = ["node-starting", "node-complete", "node-error"];
const THEN = ["stop-pipeline", "error-pipeline", "require-approval", "noop"];

/**
 * Checks what can be said of a node on its own. A node of another commit is left alone: its step comes from another
 * file.
 */
export function lintNode({ value: node, path }: Placed<PipelineNode>, index: LintIndex, report: Report): void {
  if (node.type === "pipeline") {
    lintSubPipelineNode(node, path, index, report);
    return;
  }
  const step = node.type === "execution" && node.commit === undefined ? index.stepOf(node) : undefined;
  const parameters = step === undefined ? undefined : index.names(step, "parameters");
  for (const [position, action] of node.actions.entries()) {
    const place = [...path, "actions", position];
    lintAction(action, place, report);
    if (action.timeoutS !== undefined && !action.then.includes("require-approval"))
      report(
        "unusual-value",
        [...place, "timeout"],
        "only `require-approval` waits for an answer, so that nothing times out",
        {
          mark: "key",
        },
      );
    if (action.remindS !== undefined && !action.then.includes("require-approval"))
      report("unusual-value", [...place, "remind"], "only `require-approval` waits for an answer: nobody is reminded", {
        mark: "key",
      });
    for (const condition of action.if) lintCondition(condition, parameters, [...place, "if"], report);
  }
  if (node.type === "deployment") lintEndpoints(node, path, index, report);
  else if (node.commit === undefined) lintReferences(node, path, index, report);
}

function lintReferences(node: ExecutionNode | TaskNode, path: Path, index: LintIndex, report: Report): void {
  const task = node.type === "task" ? node.task : undefined;
  const stepName = node.step;
  if (task !== undefined) {
    if (!index.hasTask(task)) {
      report("unknown-task", [...path, "task"], `there is no task \`${task}\``, {
        hint: () => suggestionHint(task, index.taskNames, "tasks"),
      });
      return;
    }
    const step = index.task(task)?.step;
    if (step !== undefined && !index.hasStep(step))
      report("unknown-step", [...path, "task"], `the task \`${task}\` runs the step \`${step}\`, which does not exist`);
  } else if (stepName !== undefined && !index.hasStep(stepName)) {
    // In the form with `connections` the node's place is the end of the edge that names it.
    const place = path.includes("connections") ? path : [...path, "step"];
    report("unknown-step", place, `there is no step \`${stepName}\``, {
      hint: () => suggestionHint(stepName, index.stepNames, "steps"),
    });
    return;
  }
  const step = index.stepOf(node);
  if (step !== undefined && node.type === "task") lintForEach(node.forEach, step, [...path, "for-each"], index, report);
  if (step !== undefined && node.override !== undefined)
    lintOverride(node.override, step, [...path, "override"], index, report);
}

function lintForEach(name: string | undefined, step: Step, path: Path, index: LintIndex, report: Report): void {
  if (name === undefined) return;
  const [inputs, parameters] = [index.names(step, "inputs"), index.names(step, "parameters")];
  if (inputs.has(name) && parameters.has(name))
    report("wrong-task", path, `\`${name}\` is an input and a parameter of the step \`${step.name}\``, {
      mark: "value",
      hint: "rename one of them, so that `for-each` says which one it means",
    });
  else if (!inputs.has(name) && !parameters.has(name))
    report("wrong-task", path, `the step \`${step.name}\` has no input and no parameter \`${name}\``, {
      mark: "value",
      hint: () => suggestionHint(name, [...inputs, ...parameters]),
    });
}

function lintOverride(override: NodeOverride, step: Step, path: Path, index: LintIndex, report: Report): void {
  for (const list of ["inputs", "parameters"] as const) {
    const known = index.names(step, list);
    const noun = list === "inputs" ? "input" : "parameter";
    for (const { name } of override[list] ?? []) {
      if (known.has(name)) continue;
      report("unknown-override", [...path, list], `the step \`${step.name}\` has no ${noun} \`${name}\` to override`, {
        mark: "key",
        hint: () => suggestionHint(name, known, list),
      });
    }
  }
  for (const parameter of override.parameters ?? []) {
    const base = step.parameters.find(({ name }) => name === parameter.name);
    const dropped = base === undefined ? [] : droppedKeys(base, parameter);
    if (dropped.length === 0) continue;
    const message = `the override of \`${parameter.name}\` drops ${dropped.map((key) => `\`${key}\``).join(", ")}: it replaces the parameter as a whole`;
    report("override-drops", [...path, "parameters"], message, {
      mark: "key",
      hint: "repeat in the override what is to stay",
    });
  }
  if (override.runtimeConfigPreset !== undefined && override.environment === undefined) {
    const message = "an override with a `runtime-config-preset` needs an `environment` beside it";
    report("preset-without-environment", [...path, "runtime-config-preset"], message, { mark: "key" });
  }
}

/**
 * Keys of a step's parameter that its override leaves out, though they decide which values fit or how they are passed
 * on.
 */
function droppedKeys(base: Parameter, override: Parameter): readonly string[] {
  const keys = [
    ["choices", "choices"],
    ["min", "min"],
    ["max", "max"],
    ["pass-as", "passAs"],
    ["pass-true-as", "passTrueAs"],
    ["pass-false-as", "passFalseAs"],
  ] as const;
  const typed = base.type !== override.type && override.type === "string" ? ["type"] : [];
  const listed = base.multiple !== "none" && override.multiple === "none" ? ["multiple"] : [];
  return [
    ...typed,
    ...listed,
    ...keys.flatMap(([key, property]) =>
      base[property] !== undefined && override[property] === undefined ? [key] : [],
    ),
  ];
}

function lintAction(action: NodeAction, path: Path, report: Report): void {
  for (const when of action.when) {
    if (!WHEN.includes(when))
      report("unusual-value", [...path, "when"], `no moment is called \`${when}\`, so that this action never happens`, {
        hint: () => suggestionHint(when, WHEN, "moments"),
      });
  }
  for (const then of action.then) {
    if (!THEN.includes(then))
      report("unusual-value", [...path, "then"], `no action is called \`${then}\`, so that it does nothing`, {
        hint: () => suggestionHint(then, THEN, "actions"),
      });
  }
}

function lintEndpoints(node: DeploymentNode, path: Path, index: LintIndex, report: Report): void {
  node.endpoints.forEach((endpoint, position) => {
    if (index.endpointNames.has(endpoint)) return;
    const hint = () => suggestionHint(endpoint, index.endpointNames, "endpoints");
    report("unknown-endpoint", [...path, "endpoints", position], `there is no endpoint \`${endpoint}\``, { hint });
  });
}
