import { joined } from "../../advice.ts";
import type { Config } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Presence } from "../../executors/index.ts";
import { type Plan, type PlanProblem, planRun, type RunRequest } from "../../planning/index.ts";
import { openProjectCode } from "../configuration/project-code.ts";
import { requireConfig } from "../configuration/read-config.ts";
import type { InstalledSettings } from "../installation/load-settings.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { knownVariables } from "../variables/known-variables.ts";
import { openNodeCommits } from "./node-commits.ts";
import { pinData } from "./pin-data.ts";
import { placeNodes } from "./place-nodes.ts";
import { type PlanWithCode, planCode } from "./plan-code.ts";
import { requireTables } from "./require-tables.ts";
import { warningsOfPlan } from "./warnings-of-plan.ts";

export interface CheckedPlan {
  readonly plan: Plan;
  readonly warnings: readonly string[];
}

/** A change of the configuration that a request asks for, such as another image. */
export type ConfigChange = (config: Config) => Config;

/** A plan with the code that it is to run. */
export type PlacedPlan = CheckedPlan & PlanWithCode;

/**
 * Plans a request, and chooses where each node runs. Throws as `planRequest` does, and HR_CONFIG_INVALID for a
 * headrace.config.yaml with errors.
 */
export async function planAndPlace(
  project: ProjectResources,
  request: RunRequest,
  change?: ConfigChange,
): Promise<PlacedPlan> {
  const { plan, warnings, code } = await planRequest(project, request, change);
  const placed = await placePlan(project, await pinData(project, plan), request);
  return { plan: placed.plan, warnings: [...warnings, ...placed.warnings], code };
}

/** Chooses where each node of a plan runs. */
export async function placePlan(project: ProjectResources, plan: Plan, request: RunRequest): Promise<CheckedPlan> {
  const wanted = request.environment ?? project.env.HEADRACE_ENVIRONMENT;
  const settings = await project.settings();
  const placed = await placeNodes(plan, {
    settings,
    wanted: wanted === undefined || wanted.trim() === "" ? undefined : wanted,
    imagePresence: () => imagePresence(settings, project),
  });
  if (placed.problems.length > 0) throw refusal(request, placed.problems);
  return { plan: placed.plan, warnings: placed.warnings };
}

/** Returns whether the environment that steps with an image fall to can be used here. */
async function imagePresence({ environments, kinds }: InstalledSettings, project: ProjectResources): Promise<Presence> {
  const images = kinds.builtIn("images");
  const environment = environments.find(({ slug }) => slug === images);
  if (environment === undefined) return { kind: "absent" };
  const { presence } = kinds.of(environment);
  return presence === undefined ? { kind: "answers" } : await presence(project.env, await project.machine());
}

/** Planning names what this run uses and cannot; what other tools say of a file is no matter of a run. */
const SAID_BY_LINT_ALONE: ReadonlySet<string> = new Set(["not-supported", "no-image"]);

/**
 * Holds a request against the project's configuration. Throws HR_CONFIG_INVALID, HR_UNKNOWN_TARGET, HR_NOT_SUPPORTED or
 * HR_PLAN_INVALID, each with every problem in its details.
 */
export async function planRequest(
  project: ProjectResources,
  request: RunRequest,
  change?: ConfigChange,
): Promise<PlacedPlan> {
  const code = await openProjectCode(project, request.commit);
  const { config: written, text, warnings } = await requireConfig(code);
  const config = change === undefined ? written : change(written);
  const nodes = await openNodeCommits(project, config, request);
  const result = planRun(config, request, { commits: nodes.commits, variables: await knownVariables(project) });
  if (!result.ok) throw refusal(request, result.problems);
  requireTables(result.plan);
  const found = warnings.filter((diagnostic) => !SAID_BY_LINT_ALONE.has(diagnostic.code));
  return {
    plan: result.plan,
    warnings: [...warningsOfPlan(text, result.plan, found), ...result.warnings],
    code: { ...planCode(code, text), others: nodes.code },
  };
}

/** Everything that keeps a request from running, as one error. */
export function refusal(request: Pick<RunRequest, "target">, problems: readonly PlanProblem[]): HeadraceError {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) {
    return new HeadraceError(codeOf(problems), first.message, first.hint === undefined ? {} : { hint: first.hint });
  }
  return new HeadraceError(codeOf(problems), `${request.target} cannot run as requested: ${problems.length} problems`, {
    details: problems.map((problem) =>
      problem.hint === undefined ? problem.message : joined(`${problem.message} (`, problem.hint, ")"),
    ),
    hint: "nothing was run",
  });
}

function codeOf(problems: readonly PlanProblem[]) {
  if (problems.some((problem) => problem.kind === "unknown-target")) return "HR_UNKNOWN_TARGET";
  return problems.every((problem) => problem.kind === "not-supported") ? "HR_NOT_SUPPORTED" : "HR_PLAN_INVALID";
}
