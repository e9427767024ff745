import type { JobEnd, RunningJob } from "../executors/index.ts";

/** Why the engine ended a step that would have gone on. */
export interface StopCause {
  readonly kind: "stop" | "limit" | "stop-condition" | "trouble";
  /** In words, for the record. */
  readonly reason: string;
}

export interface StopWish {
  readonly kind: StopCause["kind"];
  readonly signal: AbortSignal;
}

export interface AwaitEndOptions {
  /** Each may be aborted with a text as its reason; the first one counts. */
  readonly wishes: readonly StopWish[];
  /** Skips the grace. */
  readonly kill: AbortSignal;
  readonly graceMs: number;
  /** An earlier engine had begun to end the step for this cause: that is carried on with. */
  readonly begun?: StopCause | undefined;
  /** Called once, before the step is interrupted. */
  readonly onStopping: (cause: StopCause) => Promise<void>;
}

/** Waits until a step's process has ended; on a wish to stop it interrupts, and after the grace kills. */
export async function awaitEnd(job: RunningJob, options: AwaitEndOptions): Promise<{ readonly end: JobEnd; readonly cause?: StopCause }> {
  using listening = new DisposableStack();
  const wish = Promise.withResolvers<StopCause>();
  for (const { kind, signal } of options.wishes) {
    onAbort(signal, listening, () => wish.resolve({ kind, reason: String(signal.reason) }));
  }
  const first = options.begun ?? (await Promise.race([job.ended, wish.promise]));
  if (!isCause(first)) return { end: first };
  await options.onStopping(first);
  await interruptThenKill(job, options, listening);
  return { end: await job.ended, cause: first };
}

async function interruptThenKill(job: RunningJob, options: AwaitEndOptions, listening: DisposableStack): Promise<void> {
  const impatient = Promise.withResolvers<"kill">();
  onAbort(options.kill, listening, () => impatient.resolve("kill"));
  const timer = setTimeout(() => impatient.resolve("kill"), options.graceMs);
  listening.defer(() => clearTimeout(timer));
  if (!options.kill.aborted) await job.signal("interrupt");
  const next = await Promise.race([job.ended, impatient.promise]);
  if (next === "kill") await job.signal("kill");
}

function onAbort(signal: AbortSignal, listening: DisposableStack, callback: () => void): void {
  if (signal.aborted) {
    callback();
    return;
  }
  signal.addEventListener("abort", callback, { once: true });
  listening.defer(() => signal.removeEventListener("abort", callback));
}

function isCause(value: JobEnd | StopCause): value is StopCause {
  return value.kind !== "exited" && value.kind !== "signalled" && value.kind !== "lost";
}
