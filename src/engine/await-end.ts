import { onAbort } from "../concurrency/index.ts";
import type { JobEnd, RunningJob } from "../executors/index.ts";

/** The reason why the engine ended a step that would have gone on. */
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

/**
 * After SIGTERM, which a step gets that has not ended when the grace is over: so long at the most, and no longer than
 * the grace itself.
 */
const TERM_GRACE_MS = 2_000;

/**
 * Waits until a step's process has ended; on a wish to stop it interrupts, and after the grace terminates, then kills.
 */
export async function awaitEnd(
  job: RunningJob,
  options: AwaitEndOptions,
): Promise<{ readonly end: JobEnd; readonly cause?: StopCause }> {
  using listening = new DisposableStack();
  const wish = Promise.withResolvers<StopCause>();
  for (const { kind, signal } of options.wishes) {
    listening.use(onAbort(signal, () => wish.resolve({ kind, reason: String(signal.reason) })));
  }
  const first = options.begun ?? (await Promise.race([job.ended, wish.promise]));
  if (!isCause(first)) return { end: first };
  await options.onStopping(first);
  await interruptThenKill(job, options, listening);
  return { end: await job.ended, cause: first };
}

async function interruptThenKill(job: RunningJob, options: AwaitEndOptions, listening: DisposableStack): Promise<void> {
  const impatient = Promise.withResolvers<"kill">();
  listening.use(onAbort(options.kill, () => impatient.resolve("kill")));
  const waiting = async (ms: number): Promise<JobEnd | "kill" | "later"> => {
    const later = Promise.withResolvers<"later">();
    const timer = setTimeout(() => later.resolve("later"), ms);
    listening.defer(() => clearTimeout(timer));
    return await Promise.race([job.ended, impatient.promise, later.promise]);
  };
  if (!options.kill.aborted) await job.signal("interrupt");
  let next = await waiting(options.graceMs);
  if (next === "later" && job.terminate !== undefined) {
    await job.terminate();
    next = await waiting(Math.min(options.graceMs, TERM_GRACE_MS));
  }
  if (next === "kill" || next === "later") await job.signal("kill");
}

function isCause(value: JobEnd | StopCause): value is StopCause {
  return value.kind !== "exited" && value.kind !== "signalled" && value.kind !== "lost";
}
