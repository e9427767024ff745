import { existsSync, type FSWatcher, watch, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive, type MachineFacts } from "../../machine/index.ts";
import type { JobEnd, JobSpec, RunningJob } from "../executor.ts";
import { hasStarted, readEnd, stepHasEnded, supervisorOf } from "../step/job-end.ts";
import { type ControlFiles, readExit, readWrapper, type WrapperRecord, writtenAt } from "./control-files.ts";
import { useOfJob } from "./job-use.ts";
import type { Launched } from "./launcher.ts";
import type { MemoryCounts } from "./limits/memory-death.ts";
import { explainEnd } from "./limits/step-limits.ts";
import {
  findJobProcesses,
  findLeftovers,
  isLeader,
  isUnderWay,
  type JobProcesses,
  livingReaders,
  sendSignal,
  wantsTerm,
} from "./process-table.ts";

/**
 * Interval at which a job that nobody in this process started is checked for life. Its end itself comes as a file
 * event.
 */
const LIVENESS_INTERVAL_MS = 1_000;
/** A wrapper writes its one line a few microseconds after making the file. */
const STARTING_GRACE_MS = 5_000;
const SIGNAL_PATIENCE_MS = 10_000;
const GUARD_GRACE_MS = 2_000;
/** As long as the relay itself gives a step when Headrace is killed (terminal/terminal-launcher.ts). */
const HANGUP_GRACE_MS = 5_000;
/** A wrapper that is not there at one look is not given up: its step would go on to its end. */
const DEAD_LOOKS = 3;
const SWEEP_ROUNDS = 50;
const UNCERTAIN_ROUNDS = 4;
/**
 * The wrapper needs so long at the most from the step's end to its own, unless somebody holds the step's streams open.
 */
const CLOSING_MS = 20;
/** Interval at which it is checked that the other processes of an interrupted step have ended, too. */
const SAVING_LOOK_MS = 50;
const READERS_PATIENCE_MS = 2_000;

/** A wrapper that this very process has started. */
export interface OwnLaunch {
  readonly launched: Launched;
  readonly sandboxed: boolean;
  /** The counts when it was about to begin. */
  readonly memory: MemoryCounts;
}

/** A job as its control files show it; `own` when this very process started its wrapper. */
export function followJob(
  job: JobSpec,
  files: ControlFiles,
  { machine, own }: { readonly machine: MachineFacts; readonly own?: OwnLaunch },
): RunningJob {
  const startedAt = own === undefined ? Number.NEGATIVE_INFINITY : performance.now();
  const ended = (async () => {
    const end = await (own === undefined ? watchForEnd(job, files) : awaitOwn(job, files, own));
    if (end.kind === "lost" || !isBoxed(files)) await sweep(job, files, performance.now() - startedAt);
    if (end.kind === "lost") await readersEnded(files);
    return explainEnd(job.folder, end, { machine, before: own?.memory });
  })();
  // The caller may look at `ended` late; a failure must not pass for an unhandled one until then.
  ended.catch(() => undefined);
  return {
    ended,
    signal: (kind) => (kind === "kill" ? kill(job, files) : interrupt(job, files)),
    terminate: () => terminate(job, files),
    use: () => useOfJob(files, machine),
    endedAt: () => (readExit(files) === undefined ? undefined : writtenAt(files.exit)),
  };
}

async function awaitOwn(job: JobSpec, files: ControlFiles, { launched, sandboxed }: OwnLaunch): Promise<JobEnd> {
  const seen = await (sandboxed ? launched.ended : freeEnded(job, files, launched));
  const end = readEnd(files, job.command);
  if (end !== undefined) return end;
  const state = readWrapper(files);
  if (seen && state.kind === "absent")
    return lost("its wrapper could not write to the execution's folder (is the disk full?)");
  if (seen && state.kind === "known" && state.wrapper.identity.pid === launched.pid)
    return lost("its wrapper was killed");
  if (!seen && launched.hasTerminal === true) return await endWithoutTerminal(job, files);
  // Another engine's wrapper was first, or whoever should have told us has gone.
  return watchForEnd(job, files);
}

/**
 * Ends a step whose terminal is gone because the process that held it was killed. The kernel has told the step so
 * (SIGHUP); a step that does not end by that waits for keys that never come.
 */
async function endWithoutTerminal(job: JobSpec, files: ControlFiles): Promise<JobEnd> {
  const ending = watchForEnd(job, files);
  const end = await Promise.race([ending, delay(HANGUP_GRACE_MS)]);
  if (end !== undefined) return end;
  await kill(job, files);
  return await ending;
}

/**
 * Without a sandbox nothing but us ends those who keep the step's streams open after its end, for which the wrapper
 * waits.
 */
async function freeEnded(job: JobSpec, files: ControlFiles, launched: Launched): Promise<boolean> {
  const changed = changeSignal(files.status);
  try {
    while (true) {
      const change = changed.next().then(() => undefined);
      if (isSaving(files)) await Promise.race([launched.ended, change, delay(SAVING_LOOK_MS)]);
      else if (stepHasEnded(files)) await closeStreams(job, files, launched.ended);
      if (isSaving(files)) continue;
      const seen = await Promise.race([launched.ended, change]);
      if (seen !== undefined) return seen;
    }
  } finally {
    changed.close();
  }
}

/** It was interrupted, its first process has ended, and its supervisor gives the others time. */
function isSaving(files: ControlFiles): boolean {
  if (!existsSync(files.interrupted) || existsSync(files.killed) || !stepHasEnded(files)) return false;
  const supervisor = supervisorOf(files);
  return supervisor !== undefined && isLeader(supervisor);
}

async function closeStreams(job: JobSpec, files: ControlFiles, ended: Promise<unknown>): Promise<void> {
  await Promise.race([ended, delay(CLOSING_MS)]);
  if (readExit(files) === undefined) await sweep(job, files, Number.POSITIVE_INFINITY);
}

function lost(reason: string): JobEnd {
  return { kind: "lost", reason: `the step's process is gone: ${reason}` };
}

async function watchForEnd(job: JobSpec, files: ControlFiles): Promise<JobEnd> {
  const changed = changeSignal(files.status, files.exit, files.pid);
  const deadline = performance.now() + STARTING_GRACE_MS;
  try {
    while (true) {
      const change = changed.next();
      // Liveness before the file: a wrapper that writes its status between the two looks is then not taken for lost.
      const state = readWrapper(files);
      const alive = state.kind === "known" ? await isAlive(state.wrapper.identity) : performance.now() < deadline;
      const end = readEnd(files, job.command);
      if (end !== undefined) return end;
      if (alive && !isBoxed(files) && stepHasEnded(files) && !isSaving(files)) await closeStreams(job, files, change);
      if (!alive)
        return lost("it ended, or the machine was restarted, while no engine was watching, and it left no exit status");
      await Promise.race([change, delay(state.kind === "known" ? LIVENESS_INTERVAL_MS : 100)]);
    }
  } finally {
    changed.close();
  }
}

/**
 * Resolves at each change of one of the files, all of one folder; where the system has no more watches to give, never,
 * and the liveness check must do.
 */
function changeSignal(...files: readonly [string, ...string[]]): { next(): Promise<void>; close(): void } {
  let notify: (() => void) | undefined;
  let watcher: FSWatcher | undefined;
  try {
    const names = files.map((file) => basename(file));
    watcher = watch(dirname(files[0]), (_event, name) => {
      if (name === null || names.includes(name)) notify?.();
    });
    watcher.on("error", () => watcher?.close());
  } catch {
    watcher = undefined;
  }
  return {
    next() {
      const { promise, resolve } = Promise.withResolvers<void>();
      notify = resolve;
      return promise;
    },
    close: () => watcher?.close(),
  };
}

async function interrupt(job: JobSpec, files: ControlFiles): Promise<void> {
  const deadline = performance.now() + SIGNAL_PATIENCE_MS;
  // Before the step itself runs there is nobody to understand the signal: it must not be lost on those who prepare.
  while (!hasStarted(files)) {
    if (readExit(files) !== undefined || performance.now() > deadline) return;
    if (readWrapper(files).kind === "known" && (await livingWrapper(files)) === undefined) return;
    await delay(5);
  }
  const wrapper = await livingWrapper(files);
  if (wrapper === undefined) return;
  writeFileSync(files.interrupted, "");
  let processes = await findJobProcesses(wrapper, job.executionId);
  // `started` is said just before the step's own process is made and turns from a copy of the supervisor into a program
  // of its own.
  while (!isUnderWay(processes) && readExit(files) === undefined && performance.now() < deadline) {
    await delay(5);
    processes = await findJobProcesses(wrapper, job.executionId);
  }
  interruptAll(processes);
}

function isBoxed(files: ControlFiles): boolean {
  const state = readWrapper(files);
  return state.kind === "known" && state.wrapper.sandbox !== "none";
}

/** The process group at one instant, then those who have left it, and those who heed something else. */
function interruptAll({ leader, step, groups }: JobProcesses): void {
  const heedTerm = step.filter(wantsTerm);
  if (leader !== undefined) sendSignal(-leader, "SIGINT");
  for (const pid of step) if (groups.get(pid) !== leader) sendSignal(pid, "SIGINT");
  for (const pid of heedTerm) sendSignal(pid, "SIGTERM");
}

async function terminate(job: JobSpec, files: ControlFiles): Promise<void> {
  const wrapper = await livingWrapper(files);
  if (wrapper === undefined) return;
  for (const pid of (await findJobProcesses(wrapper, job.executionId)).step) sendSignal(pid, "SIGTERM");
}

async function kill(job: JobSpec, files: ControlFiles): Promise<void> {
  if (readExit(files) === undefined) writeFileSync(files.killed, "");
  const deadline = performance.now() + SIGNAL_PATIENCE_MS;
  const guardsAlso = performance.now() + GUARD_GRACE_MS;
  // Again and again, since a process may fork while it is being killed.
  // A wrapper that comes only after the deadline sees the file `killed`; one that lives is never left.
  let deadLooks = 0;
  for (let pauseMs = 2; readExit(files) === undefined && deadLooks < DEAD_LOOKS; pauseMs = Math.min(pauseMs * 2, 250)) {
    const wrapper = await livingWrapper(files);
    if (wrapper !== undefined)
      killAll(await findJobProcesses(wrapper, job.executionId), performance.now() > guardsAlso);
    else if (readWrapper(files).kind === "known") deadLooks += 1;
    else if (performance.now() > deadline) break;
    await delay(pauseMs);
  }
  await sweep(job, files, Number.POSITIVE_INFINITY);
}

/**
 * With process 1 the kernel ends all of its namespace. While there is none yet, it will come in a moment, and a guard
 * that dies just then would leave it behind (`unshare --kill-child` makes its child mortal only after the fork): so
 * they are given that moment.
 */
function killAll({ init, step, guards }: JobProcesses, guardsAlso: boolean): void {
  const targets = init === undefined ? [...step, ...(guardsAlso ? guards : [])] : [init];
  for (const pid of targets) sendSignal(pid, "SIGKILL");
}

async function livingWrapper(files: ControlFiles): Promise<WrapperRecord | undefined> {
  const state = readWrapper(files);
  return state.kind === "known" && (await isAlive(state.wrapper.identity)) ? state.wrapper : undefined;
}

/**
 * Kills what an ended step left behind. In a sandbox the kernel has done so already, save where its guards were killed
 * themselves.
 */
async function sweep(job: JobSpec, files: ControlFiles, ageMs: number): Promise<void> {
  const state = readWrapper(files);
  if (state.kind !== "known") return;
  const supervisor = supervisorOf(files);
  for (let round = 0, uncertain = 0; round < SWEEP_ROUNDS && uncertain < UNCERTAIN_ROUNDS; round += 1) {
    const { pids, certain } = await findLeftovers(state.wrapper, supervisor, job.executionId, ageMs);
    if (pids.length === 0 && certain) return;
    // On a busy machine some process comes or goes during every look.
    uncertain = pids.length === 0 ? uncertain + 1 : 0;
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    await delay(pids.length === 0 ? 0 : Math.min(2 ** round, 100));
  }
}

/** Waits until the readers of a wrapper that was killed have read to the end of what the step had printed. */
async function readersEnded(files: ControlFiles): Promise<void> {
  const state = readWrapper(files);
  if (state.kind !== "known") return;
  const deadline = performance.now() + READERS_PATIENCE_MS;
  while ((await livingReaders(state.wrapper)).length > 0 && performance.now() < deadline) await delay(5);
}
