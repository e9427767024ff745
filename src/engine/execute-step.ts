import { judgeModel, type OutputModel, outputTargets } from "../catalog/index.ts";
import type { ObservedCode } from "../code-tracing/index.ts";
import { executionFolder, printedBytes } from "../contract/index.ts";
import { HeadraceError, originalError } from "../errors.ts";
import type { JobEnd } from "../executors/index.ts";
import { faultPoint } from "../fault-point.ts";
import { type Failure, type PlannedExecution, waitBeforeRetry } from "../planning/index.ts";
import { HIDES_NOTHING, type HiddenText } from "../secrets/index.ts";
import type {
  ExecutionEnd,
  ExecutionRecord,
  ExecutionTargets,
  FinalState,
  NewDatum,
  Remark,
  RunRecord,
} from "../store/index.ts";
import { systemFailure } from "../system-failure.ts";
import type { ExecutionTrace } from "../telemetry/index.ts";
import type { StopCause } from "./await-end.ts";
import { checkResults, InputsRefused } from "./check-step.ts";
import { describeEnd } from "./describe-end.ts";
import { endsEngine, isOfOneStep } from "./ends-engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { failureOf } from "./failure-of.ts";
import { hiddenTextOf } from "./hidden-step.ts";
import { observeStep } from "./observe-step.ts";
import { isPrepared, prepareStep } from "./prepare-step.ts";
import type { StepRemarks } from "./step-remarks.ts";
import { takeResources } from "./take-resources.ts";

/** One execution under way, as the worker hands it over: claimed, with the fence that every write must carry. */
export interface StepRun {
  readonly run: RunRecord;
  readonly node: PlannedExecution;
  readonly execution: ExecutionRecord;
  readonly fence: number;
  /** Aborted, with the reason in words, when this execution is to stop. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /**
   * Aborted, with the error as its reason, when the engine gives up: the step goes on, and an engine to come takes it
   * over.
   */
  readonly abandon: AbortSignal;
  readonly remarks: StepRemarks;
}

/** The facts that were observed of the step's own process, and the outputs that were kept of it. */
export interface Observation {
  readonly end: JobEnd;
  readonly cause?: StopCause;
  /** The moment at which the step's process ended, if it is known: an engine may come to it hours later. */
  readonly endedAt?: number;
  /** The moment at which this process heard of it. */
  readonly seenToEndAt: number;
  readonly outputs: readonly NewDatum[];
  /** Files in outputs that could not be kept. */
  readonly warnings: readonly string[];
  /** In words: the machine had no room for all of its log or its outputs. */
  readonly refusal?: string;
  /** The code that the step was seen to use; absent if nobody looked. */
  readonly code?: ObservedCode;
}

/**
 * The life of an execution from its claim to its record. Errors of the step or its data become the state and the reason
 * of the execution; only errors that keep the engine from recording anything are thrown (`endsEngine`). Its folder is
 * left for `tidyUp`.
 */
export async function executeStep(parts: EngineParts, step: StepRun): Promise<Pick<ExecutionEnd, "state" | "hasLog">> {
  const phases: Phases = {};
  parts.lineage?.executionChanged(step.execution.id, "started");
  const end = await liveThrough(parts, step, phases);
  const { targets, warnings } = targetsOf(step, end);
  const remarks = [...step.remarks.take(), ...warnings];
  await parts.store.executions.finish(step.execution.id, step.fence, { ...end, ...targets, remarks });
  faultPoint("finish-committed");
  parts.lineage?.executionChanged(step.execution.id, "ended");
  parts.tracer?.executionEnded(parts.project, step.run, step.execution, { ...end, ...phases });
  // Now, so that the next step finds it: the rest of the clearing goes on while that one runs, and says what went
  // wrong.
  await giveCodeBack(parts, step).catch(() => undefined);
  return end;
}

/**
 * The aliases and versions that outputs get. A step that failed has no say in what others take for good data, nor has
 * one that checks an earlier run.
 */
function targetsOf(
  { node }: StepRun,
  { state, outputs }: ExecutionEnd,
): { readonly targets: Pick<ExecutionEnd, "targets">; readonly warnings: readonly Remark[] } {
  if (state !== "complete" || node.alwaysRuns === "reproduction") return { targets: {}, warnings: [] };
  const stored = outputs.flatMap(({ id, name, properties }) => (id === undefined ? [] : [{ id, name, properties }]));
  const { targets, problems } = outputTargets(node.step.outputs, stored);
  const { aliases, datasetVersions, modelVersions } = targets;
  const judged = modelVersions.map((version) => withModel(version, node.step.models));
  const isEmpty = aliases.length + datasetVersions.length + modelVersions.length === 0;
  return {
    targets: isEmpty ? {} : { targets: { aliases, datasetVersions, modelVersions: judged } },
    warnings: problems.map((message) => ({ kind: "warning", message })),
  };
}

/** A version of a model gets what the file says of the model. */
function withModel(
  version: OutputModel,
  models: PlannedExecution["step"]["models"] = [],
): ExecutionTargets["modelVersions"][number] {
  const model = models.find(({ name }) => name === version.model);
  if (model === undefined) return version;
  const { approve, description = "", tags } = model;
  return {
    ...{ ...version, description, tags: [...new Set([...tags, ...version.tags])] },
    ...(approve !== undefined &&
      approve.require.length > 0 && { judge: (candidate, champion) => judgeModel(approve, candidate, champion) }),
  };
}

async function giveCodeBack(parts: EngineParts, { execution }: StepRun): Promise<void> {
  const { folder } = await parts.placeOf(execution);
  await parts.code.giveBack(executionFolder(folder));
}

/** The moments at which the step's process began and ended, as far as it came. */
type Phases = { -readonly [Name in "processStartedAt" | "processEndedAt"]?: ExecutionTrace[Name] };

async function liveThrough(parts: EngineParts, step: StepRun, phases: Phases): Promise<ExecutionEnd> {
  const progress = { mayRun: true };
  let hidden: HiddenText | undefined;
  try {
    const { folder, executor } = await parts.placeOf(step.execution);
    // An engine before this one may have come far.
    progress.mayRun = step.fence > 1;
    await executor.requirePlace?.();
    progress.mayRun = isPrepared(folder);
    using room = await takeResources(parts, step);
    const prepared = await prepareStep(parts, step, room?.devices);
    progress.mayRun = true;
    // Not started only to be stopped at once; one that runs already is stopped in order.
    if (step.stop.aborted && (await prepared.place.executor.attach(prepared.job)) === undefined) throw step.stop.reason;
    hidden = await hiddenTextOf(parts, step, prepared);
    parts.lineage?.executionChanged(step.execution.id, "running");
    phases.processStartedAt = prepared.startedAt ?? parts.clock.now();
    const observation = await observeStep(parts, step, prepared, hidden);
    phases.processEndedAt = observation.endedAt ?? observation.seenToEndAt;
    const ended = describeEnd(observation);
    const { reason, ...described } = await checkResults(parts, step, observation.outputs, ended);
    const end = {
      ...{ ...described, outputs: observation.outputs },
      ...(reason !== undefined && { reason: hidden.text(reason) }),
    };
    // With outputs that could not be kept, it is no result to be used again.
    const isResult = end.state === "complete" && observation.warnings.length === 0 && isForReuse(step.node);
    const { facts, surroundings } = prepared.preparation;
    const place = { executor: prepared.place.executor.name, imageId: facts.imageId, surroundings };
    const fingerprint = isResult ? await parts.fingerprints.of(step, place, observation.code) : undefined;
    const at = parts.clock.now();
    // Said here, it costs no commit of its own.
    const hasLog = printedBytes(executionFolder(folder).logs) > 0;
    return {
      ...end,
      ...(hasLog ? {} : { hasLog }),
      at: endOf(observation, step.execution, at),
      ...retryAfter(step, end.state, ended.state === "complete" ? { kind: "other" } : failureOf(observation), at),
      ...(fingerprint === undefined ? {} : { fingerprint }),
    };
  } catch (thrown) {
    const original = originalError(thrown);
    const error = systemFailure(original) ?? original;
    if (step.abandon.aborted) throw step.abandon.reason;
    if (error instanceof HeadraceError && endsEngine(error) && (progress.mayRun || !isOfOneStep(error))) throw error;
    const at = parts.clock.now();
    if (step.stop.aborted) return { state: "stopped", reason: String(step.stop.reason), outputs: [], at };
    // Tried again, it would get the same.
    if (error instanceof InputsRefused)
      return { state: "error", reason: error.message, outputs: [], checks: error.checks, at };
    if (!(error instanceof HeadraceError)) throw error;
    return {
      state: "error",
      reason: (hidden ?? HIDES_NOTHING).text(inWords(error)),
      outputs: [],
      at,
      ...retryAfter(step, "error", { kind: "other" }, at),
    };
  }
}

/**
 * A check takes no result's place, a member's result is nothing without the others', and what a person typed is not on
 * record.
 */
function isForReuse({ alwaysRuns, members }: PlannedExecution): boolean {
  return members === undefined && alwaysRuns !== "reproduction" && alwaysRuns !== "interactive";
}

/**
 * The step's own end, which lies long ago where no engine was there. Never before its beginning, whatever the clock
 * did, nor in the future.
 */
function endOf({ endedAt }: Observation, { startedAt }: Pick<ExecutionRecord, "startedAt">, now: number): number {
  return Math.round(Math.min(now, Math.max(endedAt ?? now, startedAt ?? 0)));
}

/**
 * Returns the moment at which the node may be tried again after this end of an attempt. Not while the run is to stop.
 */
export function retryAfter(
  { node, execution, stop }: Pick<StepRun, "node" | "execution"> & { readonly stop?: AbortSignal },
  state: FinalState,
  failure: Failure,
  at: number,
): Pick<ExecutionEnd, "retryAt"> {
  const waitMs =
    state === "error" && stop?.aborted !== true ? waitBeforeRetry(node.retry, execution.attempt, failure) : undefined;
  return waitMs === undefined ? {} : { retryAt: at + waitMs };
}

function inWords(error: HeadraceError): string {
  const lines = [error.message, ...error.details.map((detail) => `  ${detail}`)];
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  return lines.join("\n");
}
