import { availableParallelism } from "node:os";
import type { RunDetailView } from "../api/index.ts";
import { clearAgain, RunDriver, Worker } from "../engine/index.ts";
import { HeadraceError, originalError } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import type { Plan } from "../planning/index.ts";
import type { ProjectStore, RunRecord, SnapshotRecord } from "../store/index.ts";
import { type AssembledEngine, assembleEngine, type EngineSetting } from "./assemble-engine.ts";
import { checkCodePatterns } from "./check-code-patterns.ts";
import { checkInputs } from "./check-inputs.ts";
import { describeRun } from "./details.ts";
import { missingRecords, RecordsWatch } from "./lost-records.ts";
import { onTerminal } from "./on-terminal.ts";
import { removeAbandonedFiles } from "./open-blobs.ts";
import type { RunOptions } from "./project.ts";
import { hasEnded, takeOver } from "./run-ownership.ts";
import { removeAbandonedShells } from "./shell/shell-folders.ts";

/** Pins the code, records a run of the plan, and executes it to its end. */
export async function runPlan(setting: EngineSetting, planned: Plan, options: RunOptions): Promise<RunDetailView> {
  const { terminal } = options;
  const plan = terminal === undefined ? planned : onTerminal(planned, await setting.project.settings());
  await using engine = await assembleEngine(setting, (notice) => options.onNotice?.(notice), { terminal });
  const run = await createRun(setting, engine, plan, options, engine.parts.members.id);
  return await driveRun(setting, engine, run, plan, options);
}

/** The same without the execution: the run waits for an engine. */
export async function recordRun(setting: EngineSetting, plan: Plan, options: RunOptions): Promise<RunRecord> {
  await using engine = await assembleEngine(setting, (notice) => options.onNotice?.(notice));
  return await createRun(setting, engine, plan, options, undefined);
}

async function createRun(
  setting: EngineSetting,
  engine: AssembledEngine,
  plan: Plan,
  options: RunOptions,
  owner: string | undefined,
): Promise<RunRecord> {
  if (options.jobs !== undefined && !(Number.isInteger(options.jobs) && options.jobs >= 1)) {
    throw new HeadraceError("HR_USAGE", `${options.jobs} steps cannot run at a time`, { hint: "give a whole number from 1 up" });
  }
  await checkInputs(engine.parts.sources, plan);
  const record = options.commit === undefined ? await capture(engine, options) : await recordedVersion(setting.store, options.commit);
  if (options.commit === undefined) {
    for (const message of await checkCodePatterns(plan, record, engine.parts.blobs)) options.onNotice?.({ kind: "warning", message });
  }
  const creating = setting.store.runs.create({
    plan,
    commit: record.identifier,
    jobs: options.jobs ?? availableParallelism(),
    tags: options.tags,
    actor: setting.actor,
    at: engine.parts.clock.now(),
    pool: engine.parts.members.pool,
    ...(owner === undefined ? {} : { owner }),
    ...(options.title === undefined ? {} : { title: options.title }),
  });
  // Said again, within the same commit: housekeeping may just have removed it, as no run used it yet.
  const [run] = await Promise.all([creating, setting.store.snapshots.add(record)]);
  faultPoint("run-created");
  const lost = run.number === 1 ? missingRecords(setting.project) : undefined;
  if (lost !== undefined) options.onNotice?.({ kind: "warning", message: lost });
  return run;
}

async function capture(engine: AssembledEngine, options: RunOptions): Promise<SnapshotRecord> {
  const { record, warnings } = await engine.capture();
  for (const message of warnings) options.onNotice?.({ kind: "warning", message });
  return record;
}

async function recordedVersion(store: ProjectStore, commit: string): Promise<SnapshotRecord> {
  const record = await store.snapshots.get(commit);
  if (record !== undefined) return record;
  throw new HeadraceError("HR_NOT_FOUND", `the version ${commit} of the code is no longer stored`, {
    hint: "`headrace ls` lists the runs whose code is",
  });
}

/** Carries on with a run whose engine died: what ended stays, what still runs is adopted, the rest is done. */
export async function resumeRun(setting: EngineSetting, run: RunRecord, options: RunOptions): Promise<RunDetailView> {
  const plan = await setting.store.nodes.getPlan(run.id);
  if (plan === undefined) throw new HeadraceError("HR_NOT_FOUND", `the plan of run ${run.number} is missing`);
  await using engine = await assembleEngine(setting, (notice) => options.onNotice?.(notice));
  const taken = await takeOver(setting.project, setting.store, engine.parts.members, run);
  // The driver that was thought dead may have lived to the end of the run.
  if (hasEnded(taken)) return await describeRun(setting.store, taken);
  return await driveRun(setting, engine, taken, plan, options);
}

async function driveRun(
  { store, project }: EngineSetting,
  { parts }: AssembledEngine,
  run: RunRecord,
  plan: Plan,
  options: RunOptions,
): Promise<RunDetailView> {
  await removeAbandonedFiles(project, project.backends);
  await removeAbandonedShells(project);
  const records = new RecordsWatch(project);
  const follower = options.onEvent === undefined ? undefined : store.events.follow({ runId: run.id }, options.onEvent);
  const clearing = clearAgain(parts).catch(() => []);
  try {
    const { signal, killSignal } = options;
    await new RunDriver(parts, new Worker(parts, run.jobs), run, plan, { signal, killSignal }).execute();
  } catch (error) {
    // What ended the run counts, and not that its last events could not be read either.
    if (!isStoreAway(error)) await follower?.close().catch(() => undefined);
    throw error;
  } finally {
    await clearing;
  }
  records.requireSame();
  await follower?.close();
  return await describeRun(store, (await store.runs.get(run.id)) ?? run);
}

/** Whoever has just waited for the database in vain is not to wait for it once more. */
function isStoreAway(thrown: unknown): boolean {
  const error = originalError(thrown);
  return error instanceof HeadraceError && error.code === "HR_STORE_UNAVAILABLE";
}
