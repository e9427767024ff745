import { pause } from "./pause.ts";

/** Pauses that double from `firstMs` to `longestMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Returns the pause after so many failures in a row, of which there is at least one. */
export function backoffMs({ firstMs, longestMs }: Backoff, failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1));
}

/** Spreads a pause by a half to either side, so that processes which met once do not meet again and again. */
export function spread(delayMs: number): number {
  return delayMs * (0.5 + Math.random());
}

export interface RetryOptions {
  /**
   * Called after each failure with the number of failures so far: returns the pause before the next attempt, or
   * undefined to give up with the error. Throws in place of that where the caller is to see another error.
   */
  readonly pauseMs: (error: unknown, failures: number) => number | undefined;
  /** Once it is aborted, no further attempt is made, and its reason is thrown. An attempt that is under way goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** Makes attempts until one succeeds or the caller gives up. The first one begins before this returns. */
export async function retry<T>(attempt: () => T | Promise<T>, { pauseMs, signal }: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const waitMs = pauseMs(error, failures);
      if (waitMs === undefined) throw error;
      await pause(waitMs, signal);
    }
    signal?.throwIfAborted();
  }
}
