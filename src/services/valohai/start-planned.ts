import type { PlanRequest } from "../../api/index.ts";
import type { Config } from "../../config/index.ts";
import type { Plan } from "../../planning/index.ts";
import type { RunRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { planNow } from "../plans/create-plan.ts";
import { recordRun } from "../runs/run-plan.ts";

/** So many executions of a run are handed out to the engines at a time: their slots are what limits it. */
const JOBS = 64;

export interface StartOptions {
  readonly tags: readonly string[];
  readonly title?: string;
  /** Changes the configuration of the code for this run. */
  readonly change?: (config: Config) => Config;
  /** Adjusts the plan before it is recorded. */
  readonly adjust?: (plan: Plan) => Promise<Plan>;
}

/** Plans a request and records a run of it, which waits for an engine. */
export async function startPlanned(
  context: Context,
  request: PlanRequest,
  { change, adjust, ...labels }: StartOptions,
): Promise<RunRecord> {
  const { recordId: id, isRepeat } = context;
  const store = await context.project.writer();
  const made = id === undefined || isRepeat !== true ? undefined : await store.runs.get(id);
  if (made !== undefined) return made;
  const planned = await planNow(context, request, change);
  const plan = adjust === undefined ? planned.plan : await adjust(planned.plan);
  const options = { jobs: JOBS, ...labels, ...(id !== undefined && { id }) };
  return await recordRun({ ...context, store }, { ...planned, plan }, options);
}
