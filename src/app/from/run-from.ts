import type { Diagnostic } from "../../config/index.ts";
import type { Plan } from "../../planning/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { nameInputs } from "../files/name-inputs.ts";
import { placePlan, refusal } from "../plan-request.ts";
import type { ProjectResources } from "../project-resources.ts";
import { requireConfig } from "../read-config.ts";
import { warningsOfPlan } from "../warnings-of-plan.ts";
import { type FromRequest, planFrom } from "./plan-from.ts";

/** The plan of `run --from`, placed, with what the user should know before it runs. */
export async function prepareFrom(
  project: ProjectResources,
  store: ProjectStore,
  request: FromRequest,
): Promise<{ readonly plan: Plan; readonly warnings: readonly string[] }> {
  const found: Diagnostic[] = [];
  const config = requireConfig(project, (diagnostic) => found.push(diagnostic));
  const blobs = await project.blobs();
  const named = await nameInputs(request, project.root, async () => store);
  const { plan, warnings: more } = await planFrom(named, { config, store, blobs, refuse: (problems) => refusal(request, problems) });
  const placed = await placePlan(project, plan, request);
  return { plan: placed.plan, warnings: [...warningsOfPlan(project, plan, found), ...more, ...placed.warnings] };
}
