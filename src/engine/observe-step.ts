import { onAbort } from "../concurrency/index.ts";
import { collectOutputs, type ExecutionFolder, LiveOutputs, LogIntake } from "../contract/index.ts";
import { HeadraceError } from "../errors.ts";
import type { JobEnd, RunningJob } from "../executors/index.ts";
import { faultPoint } from "../fault-point.ts";
import { type ConditionFacts, checkCondition, conditionNames, metadataKeysOf } from "../planning/index.ts";
import type { HiddenText } from "../secrets/index.ts";
import type { MetadataRecord } from "../store/index.ts";
import { refusalOfMachine } from "../system-failure.ts";
import { awaitEnd } from "./await-end.ts";
import { awaitMembers } from "./distributed/barrier.ts";
import { endsEngine } from "./ends-engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Observation, StepRun } from "./execute-step.ts";
import { keptMetadata, withFullMetadata } from "./full-metadata.ts";
import { hiddenOutput, hiddenRemarks } from "./hidden-step.ts";
import { noteLeftBehind } from "./left-behind.ts";
import { Limits } from "./limits.ts";
import { type PreparedStep, secretsOf } from "./prepare-step.ts";
import { readStopCause, writeStopCause } from "./stop-cause.ts";

/** A step, and what hides its secrets in what it says past its streams. */
interface HiddenStep extends StepRun {
  readonly hidden: HiddenText;
}

/**
 * Starts the step's process, or finds the one that an earlier engine started, and stays with it to its end: takes in
 * its log, metadata and live outputs, keeps its limits, carries out wishes to stop, and collects what it made. When it
 * throws, the process has ended, or goes on for another engine to adopt (`endsEngine`).
 */
export async function observeStep(
  parts: EngineParts,
  watched: StepRun,
  prepared: PreparedStep,
  hidden: HiddenText,
): Promise<Observation> {
  const step: HiddenStep = { ...watched, remarks: hiddenRemarks(watched.remarks, hidden), hidden };
  const report = (message: string): void => step.remarks.progress(message);
  // Before the step: to tell a file that was finished from one that merely is read-only takes having seen it come.
  await using live = await openLiveOutputs(parts, step, prepared, report);
  const ranMs = await ranBefore(parts, step, prepared);
  using starting = await placeInLine(parts, step, prepared, report);
  const running = await start(parts, step, prepared, report);
  faultPoint("process-started");
  try {
    return await observe(parts, step, prepared, { running, ranMs, live, starting });
  } catch (error) {
    if (!step.abandon.aborted && !endsEngine(error)) {
      await running.signal("kill");
      await running.ended;
      parts.code.distrust(prepared.folder);
    }
    throw error;
  }
}

/**
 * A step that began on a terminal goes on to its end, whichever engine watches it; without a terminal it does not
 * begin.
 */
async function start(
  parts: EngineParts,
  step: StepRun,
  { place, job, preparation, startedAt }: PreparedStep,
  report: (message: string) => void,
): Promise<RunningJob> {
  const { node } = step;
  const isAdopted = startedAt !== undefined && node.secretVariables !== undefined;
  if (node.alwaysRuns !== "interactive" && !isAdopted) return await place.executor.start(job, preparation, report);
  const begun = await place.executor.attach(job);
  if (begun !== undefined) return begun;
  if (node.alwaysRuns !== "interactive")
    // Only now: one that runs already has its secrets, also where their keys are gone meanwhile.
    return await place.executor.start({ ...job, ...(await secretsOf(parts, step)) }, preparation, report);
  if (job.terminal !== undefined && place.executor.capabilities.terminals === true)
    return await place.executor.start(job, preparation, report);
  throw new HeadraceError("HR_STEP_START", "the step was to run on a terminal, and the command that had it is gone", {
    hint: ["start it again with ", { do: "set", option: "interactive" }],
  });
}

/** Where a queue gives the places, the members of one distributed task at a time ask for theirs. */
async function placeInLine(
  parts: EngineParts,
  { run, node, execution, stop, abandon, kill }: StepRun,
  { place, job }: PreparedStep,
  report: (message: string) => void,
): Promise<Disposable | undefined> {
  if (node.members !== undefined && node.members > 1 && place.executor.capabilities.network === "none")
    throw new HeadraceError(
      "HR_STEP_START",
      `the members of a distributed task need a network, and the environment ${place.environment.slug} has none`,
      { hint: "run it in an environment with a network" },
    );
  if (node.members === undefined || place.executor.capabilities.reachableFrom !== "anywhere") return undefined;
  if ((await place.executor.attach(job)) !== undefined) return undefined;
  report("waits for its turn to ask for a place");
  const group = `${run.id} ${node.name} ${execution.attempt}`;
  return await parts.groupStarts.turn(place.environment.slug, group, AbortSignal.any([stop, abandon, kill]));
}

/** The commands of a member begin once all members are there; undefined where they never did. */
async function withMembers(
  parts: EngineParts,
  step: StepRun,
  { starting, ...place }: Pick<Begun, "running" | "starting"> & Pick<PreparedStep, "folder">,
): Promise<number | undefined> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  place.running.ended.then(end, end);
  try {
    return await awaitMembers(parts, step, place, ended.signal);
  } finally {
    starting?.[Symbol.dispose]();
  }
}

function openLiveOutputs(
  parts: EngineParts,
  step: HiddenStep,
  { folder }: PreparedStep,
  report: (message: string) => void,
): Promise<LiveOutputs> {
  return LiveOutputs.open({
    folder,
    blobs: parts.blobs,
    onOutput: async ({ live: _, ...output }) => {
      const datum = { ...hiddenOutput(output, step.hidden), executionId: step.execution.id };
      await parts.store.data.add(datum, parts.clock.now(), step.fence);
      faultPoint("live-output-recorded");
      report(`stored ${output.name}, which the step made read-only, and removed it from outputs`);
    },
    onFailure: (error) => warnOfLiveOutputs(step, error),
  });
}

/** A step whose process is there. */
interface Begun {
  readonly running: RunningJob;
  /** So long it had run before. */
  readonly ranMs: number;
  readonly live: LiveOutputs;
  /** Held until all members of a distributed task are there. */
  readonly starting: Disposable | undefined;
}

async function observe(
  parts: EngineParts,
  step: HiddenStep,
  prepared: PreparedStep,
  { running, ranMs, live, starting }: Begun,
): Promise<Observation> {
  const { folder } = prepared;
  const trouble = new AbortController();
  const began =
    step.node.members === undefined ? running.began : withMembers(parts, step, { folder, running, starting });
  using limits = new Limits(step.node.step, parts.clock.monotonic, began === undefined ? ranMs : "queued");
  began?.then(
    (at) => (at === undefined ? undefined : limits.begin(Math.max(0, parts.clock.now() - at))),
    // It never began: `ended` says why.
    (error: unknown) => (step.node.members === undefined || step.abandon.aborted ? undefined : trouble.abort(error)),
  );
  const condition = new StopCondition(step.node.step.stopCondition, await knownFacts(parts, step));
  const leave = Promise.withResolvers<never>();
  leave.promise.catch(() => undefined);
  using _listening = onAbort(step.abandon, () => leave.reject(step.abandon.reason));
  await using intake = await openIntake(parts, step, folder, {
    limits,
    condition,
    onFailure: (error) => (endsEngine(error) ? leave.reject(error) : trouble.abort(error)),
  });
  await using _published = parts.publisher?.watch(step.execution.id, folder.logs);
  using looking = parts.machineUse?.watch({
    ...{ executionId: step.execution.id, fence: step.fence, isAdopted: prepared.startedAt !== undefined, running },
    startedAt: prepared.startedAt ?? parts.clock.now(),
    cards: Object.values(prepared.preparation.devices ?? {}).flat(),
  });
  const awaited = awaitEnd(running, {
    wishes: [
      { kind: "stop", signal: step.stop },
      { kind: "limit", signal: limits.signal },
      { kind: "stop-condition", signal: condition.signal },
      { kind: "trouble", signal: trouble.signal },
    ],
    kill: step.kill,
    graceMs: parts.graceMs,
    begun: readStopCause(folder),
    onStopping: async (cause) => {
      writeStopCause(folder, cause);
      await parts.store.executions.update(step.execution.id, step.fence, { state: "stopping", at: parts.clock.now() });
      faultPoint("stopping-recorded");
    },
  });
  // Left behind where the engine gives up.
  awaited.catch(() => undefined);
  const { end, cause } = await Promise.race([awaited, leave.promise]);
  faultPoint("process-ended");
  const seenToEndAt = parts.clock.now();
  looking?.[Symbol.dispose]();
  // Now: a process that is still alive may have been given an open file of the step, and one that comes later cannot
  // have been.
  const isOutOfReach = prepared.place.executor.nobodyElseRuns?.() === true;
  if (trouble.signal.aborted) throw trouble.signal.reason;
  const unlogged = await refusalOf(() => intake.drain());
  faultPoint("log-drained");
  await live.close();
  const collected = await collectOutputs(folder, parts.blobs, isOutOfReach ? "move" : "copy");
  faultPoint("outputs-collected");
  const refusal = refusalInWords(folder, unlogged, collected.refusal);
  const warnings = collected.warnings.map(({ message, hint }) => step.hidden.text(`${message} ${hint}`));
  for (const message of warnings) step.remarks.warn(message);
  const outputs = collected.outputs.map(({ live: _, ...output }) => ({
    ...hiddenOutput(output, step.hidden),
    executionId: step.execution.id,
  }));
  const wanted = refusal === undefined ? wantedOfCode(step, end) : undefined;
  const code = wanted === undefined ? undefined : await parts.code.observe(folder, wanted);
  if (refusal === undefined && end.kind === "exited" && end.exitCode === 0)
    await noteLeftBehind(parts, step, prepared, outputs, step.hidden);
  if (!isOutOfReach) parts.code.distrust(folder);
  const endedAt = running.endedAt?.();
  return {
    end,
    seenToEndAt,
    outputs,
    warnings,
    ...(refusal === undefined ? {} : { refusal }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(cause === undefined ? {} : { cause }),
    ...(code === undefined ? {} : { code }),
  };
}

/**
 * Returns an error of the machine after the step's end (a full disk), which must not hold up the other steps; throws an
 * error of any other kind.
 */
async function refusalOf(work: () => Promise<void>): Promise<HeadraceError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const refusal = refusalOfMachine(error);
    if (refusal === undefined) throw error;
    return refusal;
  }
}

function refusalInWords(
  { outputs }: ExecutionFolder,
  log: HeadraceError | undefined,
  files: HeadraceError | undefined,
): string | undefined {
  if (files !== undefined)
    return `its outputs could not all be stored: ${files.message}\nhint: free some space and run it again; what was not stored is still in ${outputs}`;
  return log === undefined
    ? undefined
    : `its log could not be read to the end: ${log.message}${log.hint === undefined ? "" : `\nhint: ${log.hint}`}`;
}

/** Only what succeeded is used again, and a step may say itself which code counts. */
function wantedOfCode({ node }: StepRun, end: JobEnd): "all" | "what-was-read" | undefined {
  const policy = node.step.reuse?.code ?? "auto";
  if (end.kind !== "exited" || end.exitCode !== 0) return undefined;
  if (policy === "auto") return "all";
  return policy === "read" ? "what-was-read" : undefined;
}

/**
 * So long a step with a time limit has run that an earlier engine started. Where that one died just before, nothing has
 * run, however long ago that was.
 */
async function ranBefore(
  parts: EngineParts,
  { node }: StepRun,
  { place, job, startedAt }: PreparedStep,
): Promise<number> {
  if (startedAt === undefined || node.step.timeLimitS === undefined) return 0;
  if ((await place.executor.attach(job)) === undefined) return 0;
  return Math.max(0, parts.clock.now() - startedAt);
}

/** Live taking is a convenience: without it, the files are collected at the end. */
function warnOfLiveOutputs({ remarks }: StepRun, error: unknown): void {
  remarks.warn(
    `outputs are no longer taken while the step runs: ${error instanceof Error ? error.message : String(error)}`,
  );
}

interface Listeners {
  readonly limits: Limits;
  readonly condition: StopCondition;
  /** Called when the log can no longer be kept: a step whose record is incomplete must not go on as if it were. */
  readonly onFailure: (error: unknown) => void;
}

function openIntake(
  parts: EngineParts,
  step: StepRun,
  folder: ExecutionFolder,
  listeners: Listeners,
): Promise<LogIntake> {
  const { execution, fence } = step;
  return LogIntake.open({
    folder,
    now: parts.clock.now,
    onActivity: () => listeners.limits.activity(parts.clock.monotonic()),
    onMetadata: async (points) => {
      await parts.store.metadata.add(execution.id, fence, points);
      faultPoint("metadata-delivered");
      listeners.condition.consider(points);
    },
    onLongLine: () =>
      step.remarks.warn("a line of stdout begins like metadata and is longer than 1 MiB: it was taken as text"),
    onFailure: listeners.onFailure,
  });
}

/** Returns the values that a step printed already, where an earlier engine watched it. */
async function knownFacts({ store }: EngineParts, { execution, node }: StepRun): Promise<ConditionFacts> {
  const kept = keptMetadata(execution);
  const keys = kept.hasMoreMetadata === true ? metadataKeysOf([node.step.stopCondition ?? ""]) : [];
  return { parameters: execution.parameters, metadata: await withFullMetadata(store, execution.id, kept, keys) };
}

/** Holds a step's stop-condition against its metadata as they come. */
class StopCondition {
  readonly #condition: string | undefined;
  readonly #controller = new AbortController();
  /** Without a prototype, since a metric may be called `__proto__`. */
  readonly #metadata: Record<string, unknown> = Object.create(null);
  readonly #parameters: ConditionFacts["parameters"];

  constructor(condition: string | undefined, { parameters, metadata: known }: ConditionFacts) {
    this.#condition = condition;
    this.#parameters = parameters;
    Object.assign(this.#metadata, known);
    // An earlier engine may have died just after it had recorded the value that makes it true.
    if (Object.keys(known).length > 0) this.#check();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  consider(points: readonly MetadataRecord[]): void {
    if (this.#condition === undefined) return;
    for (const point of points) {
      if (this.signal.aborted) return;
      Object.assign(this.#metadata, point.values);
      this.#check();
    }
  }

  #check(): void {
    if (this.#condition === undefined || !this.#holds(this.#condition)) return;
    this.#controller.abort(`its stop-condition became true: ${this.#condition}`);
  }

  #holds(condition: string): boolean {
    return checkCondition(condition, conditionNames({ parameters: this.#parameters, metadata: this.#metadata })).holds;
  }
}
