import type { Config, Pipeline, Step } from "../config/index.ts";
import { nearestName } from "./nearest-name.ts";
import type { RunRequest } from "./plan.ts";
import type { PlanReport } from "./plan-report.ts";

export type Target = { readonly kind: "step"; readonly step: Step } | { readonly kind: "pipeline"; readonly pipeline: Pipeline };

/** Finds what the request names. Of several definitions of one name the last counts, as in the format's own tools. */
export function findTarget(config: Config, request: RunRequest, report: PlanReport): Target | undefined {
  const { target: name, kind } = request;
  const pipeline = kind === "step" ? undefined : config.pipelines.findLast((item) => item.name === name);
  const step = kind === "pipeline" ? undefined : config.steps.findLast((item) => item.name === name);
  if (pipeline !== undefined) {
    if (step !== undefined) report.warn(`"${name}" names both a pipeline and a step; the pipeline runs`);
    return { kind: "pipeline", pipeline };
  }
  if (step !== undefined) return { kind: "step", step };
  reportUnknown(config, request, report);
  return undefined;
}

function reportUnknown(config: Config, { target, kind }: RunRequest, report: PlanReport): void {
  const other = kind === undefined ? otherKind(config, target) : undefined;
  if (other !== undefined) {
    report.problem("not-supported", `"${target}" is ${other}, which this version does not run`, "name a step or a pipeline");
    return;
  }
  const pipelines = config.pipelines.map((item) => item.name);
  const steps = config.steps.map((item) => item.name);
  const known = kind === "step" ? steps : kind === "pipeline" ? pipelines : [...pipelines, ...steps];
  const nearest = nearestName(target, known);
  const what = kind ?? "step or pipeline";
  const hint =
    nearest === undefined ? listKnown(kind === "step" ? [] : pipelines, kind === "pipeline" ? [] : steps) : `did you mean "${nearest}"?`;
  report.problem("unknown-target", `there is no ${what} named "${target}"`, hint);
}

/** What else of the configuration has the name: such items are read, and can be typed for a target. */
function otherKind(config: Config, name: string): string | undefined {
  const kinds = [
    ["a task", config.tasks],
    ["an endpoint", config.endpoints],
    ["a deployment", config.deployments],
  ] as const;
  return kinds.find(([, items]) => items.some((item) => item.name === name))?.[0];
}

function listKnown(pipelines: readonly string[], steps: readonly string[]): string {
  const parts = [list("pipelines", pipelines), list("steps", steps)].filter((part) => part !== "");
  return parts.length === 0 ? "the configuration defines none" : `known ${parts.join("; ")}`;
}

function list(label: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, 20);
  return `${label}: ${shown.join(", ")}${names.length > shown.length ? ` and ${names.length - shown.length} more` : ""}`;
}
