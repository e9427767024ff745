import { createHash } from "node:crypto";
import type { ForesightView, PlannedView, PlanRequest, PlanView } from "../../api/index.ts";
import { faultPoint } from "../../fault-point.ts";
import { describePlan, type Plan } from "../../planning/index.ts";
import { createRecordId } from "../../store/sql.ts";
import { openProjectCode } from "../configuration/project-code.ts";
import type { Context } from "../context.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { nameInputs } from "./name-inputs.ts";
import { type ConfigChange, planAndPlace } from "./plan-request.ts";
import { noSuchPlan, type ShelvedPlan } from "./plan-shelf.ts";
import { redactPlan } from "./redact-plan.ts";
import { findPlan, keepPlan } from "./waiting-plans.ts";

/** Holds a request against the configuration, and keeps the plan for whoever starts it. */
export async function createPlan(context: Context, request: PlanRequest): Promise<PlannedView> {
  const { project, now, recordId } = context;
  const pinned = project.origin.sharesPlans ? await withCommit(project, request) : request;
  const planned = await planNow(context, pinned);
  const id = project.plans.add(planned, recordId ?? createRecordId(now()));
  if (project.origin.sharesPlans) await keepPlan(project, id, { request: pinned, digest: digestOf(planned) }, now());
  faultPoint("plan-kept");
  return { id, ...shownPlan(planned.plan), warnings: planned.warnings };
}

/** Replaces a branch by its commit: the branch may move before the plan is started. */
async function withCommit(project: ProjectResources, request: PlanRequest): Promise<PlanRequest> {
  const commit = (await openProjectCode(project, request.commit)).view.commit ?? request.commit;
  return commit === undefined ? request : { ...request, commit };
}

/** A plan that waits, also where another process made it. Throws HR_NOT_FOUND. */
export async function waitingPlan(context: Context, id: string): Promise<ShelvedPlan> {
  const { project } = context;
  const known = project.plans.find(id);
  if (known !== undefined) return known;
  const kept = project.origin.sharesPlans ? await findPlan(project, id) : undefined;
  if (kept === undefined) throw noSuchPlan(id);
  const planned = await planNow(context, kept.request);
  // The plan that was shown is the plan that runs: the settings or the variables may have changed meanwhile.
  if (digestOf(planned) !== kept.digest) throw noSuchPlan(id);
  project.plans.add(planned, id);
  return planned;
}

function digestOf({ plan, warnings }: ShelvedPlan): string {
  return createHash("sha256")
    .update(JSON.stringify([plan, warnings]))
    .digest("hex");
}

/** A plan as it is shown: without the credentials that URIs may hold. */
export function shownPlan(plan: Plan): Omit<PlanView, "warnings"> {
  return describePlan(redactPlan(plan));
}

/**
 * A plan for a caller that needs no name for it. `change` changes the configuration that the request is checked
 * against.
 */
export async function planNow(
  context: Context,
  { from, ...request }: PlanRequest,
  change?: ConfigChange,
): Promise<ShelvedPlan> {
  if (from === undefined) {
    const named = await nameInputs(context, request);
    return { ...(await planAndPlace(context.project, named, change)), isFrom: false };
  }
  const { prepareFrom } = await import("./run-from.ts");
  const wanted = { ...request, from: from.ref, downstream: from.downstream };
  return { ...(await prepareFrom(context, wanted)), isFrom: true };
}

/** Returns what would become of the nodes of a plan. Nothing is recorded, stored or downloaded. */
export async function foreseePlan(context: Context, id: string): Promise<ForesightView> {
  const { project } = context;
  const planned = await waitingPlan(context, id);
  const { checkPlaces, foresee } = await import("./foresee.ts");
  if (!planned.isFrom) return await foresee(project, project.hasState() ? await project.reader() : undefined, planned);
  await checkPlaces(project, planned.plan, await project.reader());
  return { predictions: null, warnings: planned.warnings };
}
