import { openProjectCode } from "../configuration/project-code.ts";
import { requireConfig } from "../configuration/read-config.ts";
import type { Context } from "../context.ts";
import { knownVariables } from "../variables/known-variables.ts";
import { nameInputs } from "./name-inputs.ts";
import { openNodeCommits } from "./node-commits.ts";
import { pinData } from "./pin-data.ts";
import { planCode } from "./plan-code.ts";
import { type FromRequest, planFrom } from "./plan-from.ts";
import { type PlacedPlan, placePlan, refusal } from "./plan-request.ts";
import { warningsOfPlan } from "./warnings-of-plan.ts";

/** The plan of `run --from`, placed, with what the user should know before it runs. */
export async function prepareFrom(context: Context, request: FromRequest): Promise<PlacedPlan> {
  const { project } = context;
  const store = await project.reader();
  const code = await openProjectCode(project, request.commit);
  const { config, text, warnings } = await requireConfig(code);
  const blobs = await project.blobs();
  const named = await nameInputs(context, request);
  const {
    plan,
    warnings: more,
    others,
  } = await planFrom(named, {
    config,
    commits: (pipeline) => openNodeCommits(project, config, { target: pipeline, kind: "pipeline" }),
    store,
    blobs,
    variables: await knownVariables(project),
    refuse: (problems) => refusal(request, problems),
  });
  const placed = await placePlan(project, await pinData(project, plan), request);
  return {
    plan: placed.plan,
    warnings: [...warningsOfPlan(text, plan, warnings), ...more, ...placed.warnings],
    code: { ...planCode(code, text), others },
  };
}
