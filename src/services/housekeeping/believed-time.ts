import { readFileSync } from "node:fs";

const DAY_MS = 24 * 3_600_000;
/** One clearing-up follows the clock at most so far beyond the time that the project has lived through. */
const STRIDE_MS = 30 * DAY_MS;

export interface Moments {
  /** The time that the clock says. */
  readonly now: number;
  /** The moments at which runs began and ended, by the clocks of then. */
  readonly recorded: Iterable<number>;
  /** The time that was believed at the last clearing-up. */
  readonly before: number | undefined;
  /** Absent: 30 days. */
  readonly strideMs?: number;
}

/**
 * The time by which ages are measured. Readings of a clock are no proof: a machine that starts with a clock two years
 * ahead would have everything look two years old, and it may run so for days. So the time moves on by 30 days at a
 * time: from the last clearing-up, and where that is not known, from the newest record that this clock's day did not
 * make. A project that rested for a year is cleared up some clearings-up later for it.
 */
export function believedTime({ now, recorded, before, strideMs = STRIDE_MS }: Moments): number {
  if (before !== undefined && before <= now) return Math.min(now, before + strideMs);
  // After a clock that was ahead was set right, what was believed and recorded by it lies in the future, and does not
  // count.
  let lived = Number.NEGATIVE_INFINITY;
  for (const at of recorded) if (at <= now - DAY_MS && at > lived) lived = at;
  return Number.isFinite(lived) ? Math.min(now, lived + strideMs) : now;
}

/** Returns the time that was believed at the last clearing-up, as its stamp says. */
export function readBelieved(stamp: string): number | undefined {
  try {
    const at = Number(readFileSync(stamp, "utf8"));
    return Number.isSafeInteger(at) && at > 0 ? at : undefined;
  } catch {
    // None yet; or the cache was thrown away, which it may be.
    return undefined;
  }
}
