import { HeadraceError } from "../errors.ts";
import type { JobEnd } from "../executors/index.ts";
import type { PlannedNode } from "../planning/index.ts";
import type { ExecutionEnd, ExecutionRecord, FinalState, NewDatum, RunRecord } from "../store/index.ts";
import type { StopCause } from "./await-end.ts";
import { describeEnd } from "./describe-end.ts";
import type { EngineParts } from "./engine-parts.ts";
import { observeStep } from "./observe-step.ts";
import { prepareStep } from "./prepare-step.ts";
import { tidyUp } from "./tidy-up.ts";

/** One execution under way, as the run loop hands it over: claimed, with the fence that every write must carry. */
export interface StepRun {
  readonly run: RunRecord;
  readonly node: PlannedNode;
  readonly execution: ExecutionRecord;
  readonly fence: number;
  /** Aborted, with the reason in words, when this execution is to stop. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

export interface StepEnd {
  readonly state: FinalState;
  /** Last value of each metadata key. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** How far the step's own process came, and what was kept of it. */
export interface Observation {
  readonly end: JobEnd;
  readonly cause?: StopCause;
  readonly outputs: readonly NewDatum[];
  /** Files in outputs that could not be kept. */
  readonly warnings: readonly string[];
}

/**
 * The life of an execution from its claim to its record. Whatever the step, the data or the machine does becomes the state and the
 * reason of the execution; only a failure of the store itself, without which nothing can be recorded, is thrown.
 */
export async function executeStep(parts: EngineParts, step: StepRun): Promise<StepEnd> {
  const end = await liveThrough(parts, step);
  await parts.store.finishExecution(step.execution.id, step.fence, end);
  await tidyUp(parts, step);
  const finished = await parts.store.getExecution(step.execution.id);
  return { state: end.state, metadata: finished?.metadata ?? {} };
}

async function liveThrough(parts: EngineParts, step: StepRun): Promise<ExecutionEnd> {
  try {
    const job = await prepareStep(parts, step);
    const observation = await observeStep(parts, step, job);
    return { ...describeEnd(observation), outputs: observation.outputs, at: parts.clock.now() };
  } catch (error) {
    if (error instanceof HeadraceError && (error.code === "HR_CONFLICT" || error.code === "HR_STORE_UNAVAILABLE")) throw error;
    const at = parts.clock.now();
    if (step.stop.aborted) return { state: "stopped", reason: String(step.stop.reason), outputs: [], at };
    if (!(error instanceof HeadraceError)) throw error;
    return { state: "error", reason: inWords(error), outputs: [], at };
  }
}

function inWords(error: HeadraceError): string {
  const lines = [error.message, ...error.details.map((detail) => `  ${detail}`)];
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  return lines.join("\n");
}
