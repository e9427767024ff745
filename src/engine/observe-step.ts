import { collectOutputs, type ExecutionFolder, LiveOutputs, LogIntake } from "../contract/index.ts";
import { checkCondition } from "../planning/index.ts";
import type { MetadataRecord } from "../store/index.ts";
import { awaitEnd } from "./await-end.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Observation, StepRun } from "./execute-step.ts";
import { Limits } from "./limits.ts";
import type { PreparedStep } from "./prepare-step.ts";

/**
 * Starts the step's process, or finds the one that an earlier engine started, and stays with it to its end: takes in its log,
 * metadata and live outputs, keeps its limits, carries out wishes to stop, and collects what it made.
 */
export async function observeStep(parts: EngineParts, step: StepRun, prepared: PreparedStep): Promise<Observation> {
  const { folder, job, preparation } = prepared;
  using limits = new Limits(step.node.step, parts.clock.monotonic);
  const condition = new StopCondition(step.node.step.stopCondition, step.execution.metadata);
  const trouble = new AbortController();
  const running = await parts.executor.start(job, preparation);
  await using intake = await openIntake(parts, step, folder, { limits, condition, trouble });
  await using live = await LiveOutputs.open({
    folder,
    blobs: parts.blobs,
    onOutput: async ({ live: _, ...output }) => {
      await parts.store.addDatum({ ...output, executionId: step.execution.id }, parts.clock.now());
    },
    onFailure: (error) => warnOf(parts, step, error),
  });
  const { end, cause } = await awaitEnd(running, {
    wishes: [
      { kind: "stop", signal: step.stop },
      { kind: "limit", signal: limits.signal },
      { kind: "stop-condition", signal: condition.signal },
      { kind: "trouble", signal: trouble.signal },
    ],
    kill: step.kill,
    graceMs: parts.graceMs,
    onStopping: () => parts.store.updateExecution(step.execution.id, step.fence, { state: "stopping", at: parts.clock.now() }),
  });
  if (trouble.signal.aborted) throw trouble.signal.reason;
  await intake.drain();
  await live.close();
  const collected = await collectOutputs(folder, parts.blobs);
  const warnings = collected.warnings.map(({ message, hint }) => `${message} ${hint}`);
  for (const message of warnings) parts.notify({ kind: "warning", node: step.node.name, message });
  const outputs = collected.outputs.map(({ live: _, ...output }) => ({ ...output, executionId: step.execution.id }));
  return { end, outputs, warnings, ...(cause === undefined ? {} : { cause }) };
}

/** Live taking is a convenience: without it, the files are collected at the end. */
function warnOf(parts: EngineParts, step: StepRun, error: unknown): void {
  const message = `outputs are no longer taken while the step runs: ${error instanceof Error ? error.message : String(error)}`;
  parts.notify({ kind: "warning", node: step.node.name, message });
}

interface Listeners {
  readonly limits: Limits;
  readonly condition: StopCondition;
  /** Aborted when the log can no longer be kept: a step whose record is incomplete must not go on as if it were. */
  readonly trouble: AbortController;
}

function openIntake(parts: EngineParts, step: StepRun, folder: ExecutionFolder, listeners: Listeners): Promise<LogIntake> {
  const { execution, fence } = step;
  return LogIntake.open({
    folder,
    now: parts.clock.now,
    onActivity: () => listeners.limits.activity(parts.clock.monotonic()),
    onMetadata: async (points) => {
      await parts.store.addMetadata(execution.id, fence, points);
      listeners.condition.consider(points);
    },
    onFailure: (error) => listeners.trouble.abort(error),
  });
}

/** Holds a step's stop-condition against its metadata as they come. */
class StopCondition {
  readonly #condition: string | undefined;
  readonly #controller = new AbortController();
  /** Without a prototype, since a metric may be called `__proto__`. */
  readonly #metadata: Record<string, unknown> = Object.create(null);

  constructor(condition: string | undefined, known: Readonly<Record<string, unknown>>) {
    this.#condition = condition;
    Object.assign(this.#metadata, known);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  consider(points: readonly MetadataRecord[]): void {
    if (this.#condition === undefined) return;
    for (const point of points) {
      if (this.signal.aborted) return;
      Object.assign(this.#metadata, point.values);
      if (checkCondition(this.#condition, { metadata: this.#metadata }).holds) {
        this.#controller.abort(`its stop-condition became true: ${this.#condition}`);
      }
    }
  }
}
