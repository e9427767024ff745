import { type Backoff, backoffMs, retry } from "../../concurrency/index.ts";
import { EngineRefusal, EngineUnreachable, isForbidden } from "./engine-client.ts";

/** A daemon that is restarted or upgraded is back by then; the step's state is not guessed before. */
export const DAEMON_PATIENCE_MS = 10 * 60_000;
/** For one that has not answered this process yet: it may be starting, or may not be there at all. */
export const STRANGER_PATIENCE_MS = 15_000;
const PAUSES: Backoff = { firstMs: 100, longestMs: 5_000 };

export interface Patience {
  /** Time for which the engine is asked again, by the error that kept it from answering. */
  readonly patienceMs: (error: EngineUnreachable) => number;
  readonly signal?: AbortSignal;
  /** Called once, when it is found away. */
  readonly onAway?: (error: EngineUnreachable) => void;
}

/**
 * A daemon that was there comes back; a socket that is absent or closed to us before any answer is no matter of time.
 */
export function patienceFor(hasAnswered: boolean): (error: EngineUnreachable) => number {
  return (error) => {
    if (hasAnswered) return DAEMON_PATIENCE_MS;
    return error.code === "ENOENT" || isForbidden(error) ? 0 : STRANGER_PATIENCE_MS;
  };
}

/** Asks again while the daemon is away. Throws what it was last refused with, and the signal's reason. */
export async function insist<T>(ask: () => Promise<T>, { patienceMs, signal, onAway }: Patience): Promise<T> {
  const since = performance.now();
  return await retry(ask, {
    signal,
    pauseMs: (error, failures) => {
      if (!(error instanceof EngineUnreachable) || performance.now() - since >= patienceMs(error)) return undefined;
      if (failures === 1) onAway?.(error);
      return backoffMs(PAUSES, failures);
    },
  });
}

/**
 * The same for what only looks: also a daemon that is there and not yet itself (5xx) is waited for; undefined after the
 * patience.
 */
export async function patiently<T>(
  ask: () => Promise<T>,
  isSettled: () => boolean,
): Promise<{ readonly answer: T } | undefined> {
  const deadline = performance.now() + DAEMON_PATIENCE_MS;
  return await retry(
    async () => {
      try {
        return { answer: await ask() };
      } catch (error) {
        if (isAway(error) && (isSettled() || performance.now() > deadline)) return undefined;
        throw error;
      }
    },
    { pauseMs: (error, failures) => (isAway(error) ? backoffMs(PAUSES, failures) : undefined) },
  );
}

function isAway(error: unknown): boolean {
  return error instanceof EngineUnreachable || (error instanceof EngineRefusal && error.status >= 500);
}

/** Returns the message for the user while a step waits. */
export function waitingWords(error: EngineUnreachable): string {
  return `waiting for the container engine, which does not answer (${error.code})`;
}
