import { availableParallelism } from "node:os";
import type { RunDetailView } from "../../api/index.ts";
import { clearAgain, keepWaiting, RunDriver, Worker, WorkerSlots } from "../../engine/index.ts";
import { HeadraceError, originalError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import type { Plan } from "../../planning/index.ts";
import type { RunRecord } from "../../store/index.ts";
import {
  type AssembledEngine,
  assembleEngine,
  type EngineSetting,
  openRecorder,
  type RunRecorder,
} from "../installation/assemble-engine.ts";
import { onTerminal } from "../local/on-terminal.ts";
import { removeAbandonedShells } from "../local/shell/shell-folders.ts";
import { checkInputs } from "../plans/check-inputs.ts";
import { pinCode } from "../plans/plan-code.ts";
import type { PlacedPlan } from "../plans/plan-request.ts";
import { describeRun } from "../records/details.ts";
import { hideInLabels } from "../variables/hidden-secrets.ts";
import { missingRecords, RecordsWatch } from "./lost-records.ts";
import type { RunOptions } from "./run-options.ts";
import { hasEnded, takeOver } from "./run-ownership.ts";

/** Pins the code, records a run of the plan, and executes it to its end. */
export async function runPlan(
  setting: EngineSetting,
  planned: PlacedPlan,
  options: RunOptions,
): Promise<RunDetailView> {
  const { terminal } = options;
  const wanted = terminal === undefined ? planned.plan : onTerminal(planned.plan, await setting.project.settings());
  await using engine = await assembleEngine(setting, { terminal });
  const own = engine.parts.members.id;
  const { run, plan } = await createRun(setting, engine.recorder, { ...planned, plan: wanted }, options, own);
  return await driveRun(setting, engine, run, plan, options);
}

/** The same without the execution: the run waits for an engine. */
export async function recordRun(setting: EngineSetting, planned: PlacedPlan, options: RunOptions): Promise<RunRecord> {
  using recorder = await openRecorder(setting);
  return (await createRun(setting, recorder, planned, options, undefined)).run;
}

async function createRun(
  setting: EngineSetting,
  recorder: RunRecorder,
  planned: PlacedPlan,
  options: RunOptions,
  owner: string | undefined,
): Promise<{ readonly run: RunRecord; readonly plan: Plan }> {
  if (options.jobs !== undefined && !(Number.isInteger(options.jobs) && options.jobs >= 1)) {
    throw new HeadraceError("HR_USAGE", `${options.jobs} steps cannot run at a time`, {
      hint: "give a whole number from 1 up",
    });
  }
  await checkInputs(recorder.sources, planned.plan);
  const { plan, record, records, warnings } = await pinCode(planned.plan, planned.code, recorder.places);
  // The user's title goes before that which the pipeline gives its runs.
  const title = options.title ?? plan.title;
  const tags = [...options.tags, ...(plan.tags ?? [])];
  const labels =
    tags.length === 0 && title === undefined ? { tags, title } : await hideInLabels(setting.project, { tags, title });
  const creating = setting.store.runs.create({
    plan,
    commit: record.identifier,
    jobs: options.jobs ?? availableParallelism(),
    tags: labels.tags,
    actor: setting.actor,
    warnings: [...planned.warnings, ...warnings],
    at: recorder.now(),
    pool: recorder.pool,
    ...(owner === undefined ? { promisesExecution: runsInAnyCase(plan) } : { owner }),
    ...(options.id === undefined ? {} : { id: options.id }),
    ...(setting.traceparent === undefined ? {} : { traceparent: setting.traceparent }),
    ...(labels.title === undefined ? {} : { title: labels.title }),
  });
  // Said again, within the same commit: housekeeping may just have removed them, as no run used them yet.
  const [run] = await Promise.all([creating, ...records.map((each) => setting.store.snapshots.add(each))]);
  faultPoint("run-created");
  const lost = run.number === 1 ? missingRecords(setting.project) : undefined;
  if (lost !== undefined)
    await setting.store.events.remark({ runId: run.id }, [{ kind: "warning", message: lost }], Date.now());
  return { run, plan };
}

/** True for a step whose result is not taken from an earlier run: its execution can be named before it begins. */
function runsInAnyCase({ kind, nodes }: Plan): boolean {
  return kind === "step" && nodes.every(({ alwaysRuns }) => alwaysRuns !== undefined);
}

/** Carries on with a run whose engine died: what ended stays, what still runs is adopted, the rest is done. */
export async function resumeRun(setting: EngineSetting, run: RunRecord, options: RunOptions): Promise<RunDetailView> {
  const plan = await setting.store.nodes.getPlan(run.id);
  if (plan === undefined) throw new HeadraceError("HR_NOT_FOUND", `the plan of run ${run.number} is missing`);
  await using engine = await assembleEngine(setting);
  const taken = await takeOver(setting, engine.parts.members, run);
  // The driver that was thought dead may have lived to the end of the run.
  if (hasEnded(taken)) return await describeRun(setting.store, taken);
  return await driveRun(setting, engine, taken, plan, options);
}

async function driveRun(
  { store, project, actor }: EngineSetting,
  { parts }: AssembledEngine,
  run: RunRecord,
  plan: Plan,
  options: RunOptions,
): Promise<RunDetailView> {
  await project.origin.removeAbandonedFiles();
  await removeAbandonedShells(project);
  const records = new RecordsWatch(project);
  const follower = options.onEvent === undefined ? undefined : store.events.follow({ runId: run.id }, options.onEvent);
  const clearing = clearAgain(parts).catch(() => []);
  const worker = new Worker(parts, new WorkerSlots(run.jobs).share());
  const keeping = keepWaiting(parts, worker.abandoned).catch(() => 0);
  try {
    const { signal, killSignal } = options;
    await new RunDriver(parts, worker, run, plan, { actor, signal, killSignal }).execute();
  } catch (error) {
    // The failure that ended the run counts, and not that its last events could not be read either.
    if (!isStoreAway(error)) await follower?.close().catch(() => undefined);
    throw error;
  } finally {
    await Promise.all([clearing, keeping]);
  }
  records.requireSame();
  await follower?.close();
  return await describeRun(store, (await store.runs.get(run.id)) ?? run);
}

/**
 * Returns true if the store is away: a caller that has just waited for the database in vain does not wait for it once
 * more.
 */
function isStoreAway(thrown: unknown): boolean {
  const error = originalError(thrown);
  return error instanceof HeadraceError && error.code === "HR_STORE_UNAVAILABLE";
}
