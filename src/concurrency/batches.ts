import { setImmediate as nextTurn } from "node:timers/promises";

export function batches<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

export interface Settled<T> {
  readonly done: readonly T[];
  readonly failure?: { readonly reason: unknown };
}

/** Waits for all even when one fails, so that nothing is still being written when the caller tidies up. */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<Settled<T>> {
  const settled = await Promise.allSettled(work);
  const done = settled.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const failed = settled.find((outcome) => outcome.status === "rejected");
  return failed === undefined ? { done } : { done, failure: { reason: failed.reason } };
}

/** Work that does not wait, with a turn for others after each slice. */
export async function inSlices<T, Result>(
  items: readonly T[],
  size: number,
  work: (slice: readonly T[]) => readonly Result[],
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const [index, slice] of batches(items, size).entries()) {
    if (index > 0) await nextTurn();
    results.push(...work(slice));
  }
  return results;
}

/** Synchronous calls between two turns of the event loop: some milliseconds. */
const CALLS_PER_TURN = 500;

/** Calls for each item, and lets others have their turn now and then. */
export async function inTurns<T>(items: Iterable<T>, each: (item: T, index: number) => void): Promise<void> {
  let index = 0;
  for (const item of items) {
    each(item, index);
    index += 1;
    if (index % CALLS_PER_TURN === 0) await nextTurn();
  }
}
