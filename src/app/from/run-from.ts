import type { Diagnostic } from "../../config/index.ts";
import type { Plan } from "../../planning/index.ts";
import type { ProjectStore } from "../../store/index.ts";
import { nameInputs } from "../files/name-inputs.ts";
import { openBlobs } from "../open-blobs.ts";
import { placePlan, refusal } from "../plan-request.ts";
import type { ProjectLocation } from "../project.ts";
import { requireConfig } from "../read-config.ts";
import { warningsOfPlan } from "../warnings-of-plan.ts";
import { type FromRequest, planFrom } from "./plan-from.ts";

/** The plan of `run --from`, placed, with what the user should know before it runs. */
export async function prepareFrom(
  location: ProjectLocation,
  store: ProjectStore,
  request: FromRequest,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly plan: Plan; readonly warnings: readonly string[] }> {
  const found: Diagnostic[] = [];
  const config = requireConfig(location, (diagnostic) => found.push(diagnostic));
  await using blobs = await openBlobs(location);
  const named = await nameInputs(request, location.root, async () => store);
  const { plan, warnings: more } = await planFrom(named, { config, store, blobs, refuse: (problems) => refusal(request, problems) });
  const placed = await placePlan(location, plan, request, env);
  return { plan: placed.plan, warnings: [...warningsOfPlan(location, plan, found), ...more, ...placed.warnings] };
}
