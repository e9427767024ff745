import type { Diagnostic } from "../config/index.ts";
import { HeadraceError } from "../errors.ts";
import { dockerPresence } from "../executors/index.ts";
import { type Plan, type PlanProblem, planRun, type RunRequest } from "../planning/index.ts";
import type { Settings } from "../settings/index.ts";
import { placeNodes } from "./place-nodes.ts";
import type { ProjectResources } from "./project-resources.ts";
import { requireConfig } from "./read-config.ts";
import { warningsOfPlan } from "./warnings-of-plan.ts";

export interface PlacedPlan {
  readonly plan: Plan;
  readonly warnings: readonly string[];
}

/**
 * Plans a request, and chooses where each node runs. Throws as `planRequest` does, and HR_CONFIG_INVALID for a headrace.config.yaml with
 * errors.
 */
export async function planAndPlace(project: ProjectResources, request: RunRequest): Promise<PlacedPlan> {
  const { plan, warnings } = planRequest(project, request);
  const placed = await placePlan(project, plan, request);
  return { plan: placed.plan, warnings: [...warnings, ...placed.warnings] };
}

/** Chooses where each node of a plan runs. */
export async function placePlan(project: ProjectResources, plan: Plan, request: RunRequest): Promise<PlacedPlan> {
  const wanted = request.environment ?? project.env.HEADRACE_ENVIRONMENT;
  const settings = await project.settings();
  const placed = await placeNodes(plan, {
    settings,
    wanted: wanted === undefined || wanted.trim() === "" ? undefined : wanted,
    dockerPresence: () => dockerPresence(dockerHostOf(settings), project.env),
  });
  if (placed.problems.length > 0) throw refusal(request, placed.problems);
  return { plan: placed.plan, warnings: placed.warnings };
}

/** Where the environment `docker`, which steps with an image fall to, looks for its engine. */
function dockerHostOf({ environments }: Settings): string | undefined {
  const environment = environments.find(({ slug }) => slug === "docker");
  return environment?.executor === "docker" ? environment.docker.host : undefined;
}

/** Planning names what this run uses and cannot; what other tools say of a file is no matter of a run. */
const SAID_BY_LINT_ALONE: ReadonlySet<string> = new Set(["not-supported", "no-image"]);

/**
 * Holds a request against the project's configuration. Throws HR_CONFIG_INVALID, HR_UNKNOWN_TARGET, HR_NOT_SUPPORTED or
 * HR_PLAN_INVALID, each with every problem in its details.
 */
export function planRequest(project: ProjectResources, request: RunRequest): PlacedPlan {
  const found: Diagnostic[] = [];
  const config = requireConfig(project, (diagnostic) => {
    if (!SAID_BY_LINT_ALONE.has(diagnostic.code)) found.push(diagnostic);
  });
  const result = planRun(config, request);
  if (!result.ok) throw refusal(request, result.problems);
  return { plan: result.plan, warnings: [...warningsOfPlan(project, result.plan, found), ...result.warnings] };
}

/** Everything that keeps a request from running, as one error. */
export function refusal(request: Pick<RunRequest, "target">, problems: readonly PlanProblem[]): HeadraceError {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) {
    return new HeadraceError(codeOf(problems), first.message, first.hint === undefined ? {} : { hint: first.hint });
  }
  return new HeadraceError(codeOf(problems), `${request.target} cannot run as requested: ${problems.length} problems`, {
    details: problems.map((problem) => (problem.hint === undefined ? problem.message : `${problem.message} (${problem.hint})`)),
    hint: "nothing was run",
  });
}

function codeOf(problems: readonly PlanProblem[]) {
  if (problems.some((problem) => problem.kind === "unknown-target")) return "HR_UNKNOWN_TARGET";
  return problems.every((problem) => problem.kind === "not-supported") ? "HR_NOT_SUPPORTED" : "HR_PLAN_INVALID";
}
