import type { Config, Pipeline, Step, TaskBlueprint } from "../config/index.ts";
import { type DraftTask, gridOf } from "./draft.ts";
import { nearestName } from "./nearest-name.ts";
import type { RunRequest } from "./plan.ts";
import type { PlanReport } from "./plan-report.ts";

export type Target =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "task"; readonly step: Step; readonly task: DraftTask }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline };

/**
 * Finds the target that the request names. If one name has several definitions, the last counts, as in the format's own
 * tools.
 */
export function findTarget(config: Config, request: RunRequest, report: PlanReport): Target | undefined {
  const { target: name, kind, sweep } = request;
  const isAsked = (what: Target["kind"]): boolean => kind === undefined || kind === what;
  const pipeline = isAsked("pipeline") ? config.pipelines.findLast((item) => item.name === name) : undefined;
  const step = isAsked("step") ? config.steps.findLast((item) => item.name === name) : undefined;
  const task = isAsked("task") ? config.tasks.findLast((item) => item.name === name) : undefined;
  if (pipeline !== undefined && sweep === undefined) {
    const other = step !== undefined ? "step" : task !== undefined ? "task" : undefined;
    if (other !== undefined) report.warn(`"${name}" names both a pipeline and a ${other}; the pipeline runs`);
    return { kind: "pipeline", pipeline };
  }
  if (step !== undefined) {
    if (task !== undefined) report.warn(`"${name}" names both a step and a task; the step runs`);
    if (sweep === undefined) return { kind: "step", step };
    return { kind: "task", step, task: { blueprint: gridOf(step.name, step.name) } };
  }
  if (task !== undefined) return taskTarget(config, task, report);
  if (pipeline !== undefined) {
    const hint = "name a step or a task: in a pipeline, a node with `type: task` is a sweep";
    report.problem("request", `"${name}" is a pipeline, and a sweep runs one step`, hint);
    return undefined;
  }
  reportUnknown(config, request, report);
  return undefined;
}

function taskTarget(config: Config, blueprint: TaskBlueprint, report: PlanReport): Target | undefined {
  const { name } = blueprint;
  const step = config.steps.findLast((item) => item.name === blueprint.step);
  if (step !== undefined) return { kind: "task", step, task: { name, blueprint } };
  const nearest = nearestName(
    blueprint.step,
    config.steps.map((item) => item.name),
  );
  const hint = nearest === undefined ? undefined : `did you mean "${nearest}"?`;
  report.problem("configuration", `task ${name}: there is no step named "${blueprint.step}"`, hint);
  return undefined;
}

function reportUnknown(config: Config, { target, kind }: RunRequest, report: PlanReport): void {
  const other = kind === undefined ? otherKind(config, target) : undefined;
  if (other !== undefined) {
    report.problem(
      "not-supported",
      `"${target}" is ${other}, which this version does not run`,
      "name a step or a pipeline",
    );
    return;
  }
  const pipelines = config.pipelines.map((item) => item.name);
  const steps = config.steps.map((item) => item.name);
  const tasks = config.tasks.map((item) => item.name);
  const named = { pipeline: pipelines, step: steps, task: tasks };
  const nearest = nearestName(target, kind === undefined ? [...pipelines, ...steps, ...tasks] : named[kind]);
  const what = kind ?? "step or pipeline";
  const hint =
    nearest === undefined
      ? listKnown(kind === undefined ? named : { pipeline: [], step: [], task: [], [kind]: named[kind] })
      : `did you mean "${nearest}"?`;
  report.problem("unknown-target", `there is no ${what} named "${target}"`, hint);
}

/**
 * Returns the other kind of configuration item that has the name: such items are read, and can be typed for a target.
 */
function otherKind(config: Config, name: string): string | undefined {
  const kinds = [
    ["an endpoint", config.endpoints],
    ["a deployment", config.deployments],
    ["a model", config.models],
  ] as const;
  return kinds.find(([, items]) => items.some((item) => item.name === name))?.[0];
}

function listKnown(named: Readonly<Record<Target["kind"], readonly string[]>>): string {
  const parts = [list("pipelines", named.pipeline), list("steps", named.step), list("tasks", named.task)].filter(
    (part) => part !== "",
  );
  return parts.length === 0 ? "the configuration defines none" : `known ${parts.join("; ")}`;
}

function list(label: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, 20);
  return `${label}: ${shown.join(", ")}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ""}`;
}
