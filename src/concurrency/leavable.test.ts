import { expect, test } from "vitest";
import { leavable } from "./leavable.ts";

/** Gives numbers up to `most`, and then waits until it is left. */
function counting(most: number, log: string[], gone?: AbortSignal): AsyncIterable<number> {
  return leavable(async function* count(leaving) {
    try {
      for (let value = 1; value <= most; value++) yield value;
      await new Promise<void>((resolve) => {
        leaving.addEventListener("abort", () => resolve());
        if (leaving.aborted) resolve();
      });
    } finally {
      log.push("closed");
    }
  }, gone);
}

test("whoever leaves the loop closes it", async () => {
  const log: string[] = [];
  for await (const value of counting(9, log)) if (value === 2) break;
  expect(log).toEqual(["closed"]);
});

test("a reader that waits leaves at once", async () => {
  const log: string[] = [];
  const items = counting(1, log)[Symbol.asyncIterator]();
  expect(await items.next()).toEqual({ done: false, value: 1 });
  const waiting = items.next();
  await items.return?.();
  expect([await waiting, log]).toEqual([{ done: true, value: undefined }, ["closed"]]);
});

test("it ends when whoever asked has gone", async () => {
  const log: string[] = [];
  const gone = new AbortController();
  const items = counting(1, log, gone.signal)[Symbol.asyncIterator]();
  await items.next();
  const waiting = items.next();
  gone.abort();
  expect([(await waiting).done, log]).toEqual([true, ["closed"]]);
});
