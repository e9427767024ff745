import type { RecordedRunView, StartRequest } from "../../api/index.ts";
import type { ProjectStore, RunRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { waitingPlan } from "../plans/create-plan.ts";
import { noSuchPlan } from "../plans/plan-shelf.ts";
import { runView } from "../records/view-of.ts";
import { recordRun } from "./run-plan.ts";
import { soleExecution } from "./sole-execution.ts";

/**
 * So many executions of a run are handed out to the engines at a time unless the user says otherwise: their slots are
 * what limits it.
 */
const JOBS = 64;

/**
 * Records a run of a plan, and leaves it to an engine that works for the project. The run has the id of its plan, so
 * that a plan is started once however many servers and attempts there are.
 */
export async function startRun(context: Context, plan: string, request: StartRequest): Promise<RecordedRunView> {
  const { project, isRepeat } = context;
  const store = await project.writer();
  const earlier = await store.runs.get(plan);
  if (earlier !== undefined && isRepeat === true) return await recordedView(store, earlier);
  if (earlier !== undefined) throw noSuchPlan(plan);
  const planned = await waitingPlan(context, plan);
  // If two ask at once in this process, one of them gets it.
  if (project.plans.find(plan) === undefined) throw noSuchPlan(plan);
  project.plans.remove(plan);
  const { title, jobs = JOBS, tags = [] } = request;
  const named = title === undefined ? {} : { title };
  const run = await recordRun({ ...context, store }, planned, { id: plan, jobs, tags, ...named });
  return await recordedView(store, (await store.runs.get(run.id)) ?? run);
}

async function recordedView(store: ProjectStore, run: RunRecord): Promise<RecordedRunView> {
  const execution = await soleExecution(store, run);
  return { ...runView(run), execution: execution?.number ?? null, warnings: run.warnings ?? [] };
}
