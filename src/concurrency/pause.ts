import { setTimeout as delay } from "node:timers/promises";

/** Resolves after a while, or as soon as the signal is aborted; the caller looks at the signal where that matters. */
export async function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  await delay(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
