import { setTimeout as delay } from "node:timers/promises";
import { EngineRefusal, EngineUnreachable, isForbidden } from "./engine-client.ts";

/** A daemon that is restarted or upgraded is back by then; the step's state is not guessed before. */
export const DAEMON_PATIENCE_MS = 10 * 60_000;
/** For one that has not answered this process yet: it may be starting, or may not be there at all. */
export const STRANGER_PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface Patience {
  /** How long it is asked again, by what kept it from answering. */
  readonly patienceMs: (error: EngineUnreachable) => number;
  readonly signal?: AbortSignal;
  /** Called once, when it is found away. */
  readonly onAway?: (error: EngineUnreachable) => void;
}

/** A daemon that was there comes back; a socket that is absent or closed to us before any answer is no matter of time. */
export function patienceFor(hasAnswered: boolean): (error: EngineUnreachable) => number {
  return (error) => {
    if (hasAnswered) return DAEMON_PATIENCE_MS;
    return error.code === "ENOENT" || isForbidden(error) ? 0 : STRANGER_PATIENCE_MS;
  };
}

/** Asks again while the daemon is away. Throws what it was last refused with, and the signal's reason. */
export async function insist<T>(ask: () => Promise<T>, { patienceMs, signal, onAway }: Patience): Promise<T> {
  const since = performance.now();
  for (let pauseMs = FIRST_PAUSE_MS, isKnown = false; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof EngineUnreachable) || performance.now() - since >= patienceMs(error)) throw error;
      if (!isKnown) onAway?.(error);
      isKnown = true;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal?.aborted === true) throw signal.reason;
  }
}

/** The same for what only looks: also a daemon that is there and not yet itself (5xx) is waited for; undefined after the patience. */
export async function patiently<T>(ask: () => Promise<T>, isSettled: () => boolean): Promise<{ readonly answer: T } | undefined> {
  const deadline = performance.now() + DAEMON_PATIENCE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return { answer: await ask() };
    } catch (error) {
      const away = error instanceof EngineUnreachable || (error instanceof EngineRefusal && error.status >= 500);
      if (!away) throw error;
      if (isSettled() || performance.now() > deadline) return undefined;
    }
    await delay(pauseMs);
  }
}

/** What the user is told while a step waits. */
export function waitingWords(error: EngineUnreachable): string {
  return `waiting for the container engine, which does not answer (${error.code})`;
}
