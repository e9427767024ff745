import { expect, test } from "vitest";
import { batches, inSlices, inTurns, settleAll } from "./batches.ts";

test("batches hold all items in order, the last one the rest", () => {
  expect(batches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(batches([], 2)).toEqual([]);
});

test("all work has ended when one piece of it has failed, and the first failure in their order is told", async () => {
  const slow = Promise.withResolvers<string>();
  const failed = Promise.reject(new Error("second"));
  const settled = settleAll([slow.promise, failed, Promise.reject(new Error("third")), Promise.resolve("last")]);
  let isSettled = false;
  void settled.then(() => {
    isSettled = true;
  });
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(isSettled).toBe(false);
  slow.resolve("first");
  expect(await settled).toEqual({ done: ["first", "last"], failure: { reason: new Error("second") } });
  expect(await settleAll([Promise.resolve(undefined)])).toEqual({ done: [undefined] });
});

test("others have their turn between two slices", async () => {
  const order: string[] = [];
  setImmediate(() => order.push("another"));
  const working = inSlices([1, 2, 3], 2, (slice) => {
    order.push(`slice ${slice.join()}`);
    return slice.map((item) => item * 10);
  });
  expect(await working).toEqual([10, 20, 30]);
  expect(order).toEqual(["slice 1,2", "another", "slice 3"]);
});

test("each item is called with its place, and others have their turn among very many", async () => {
  let isInterrupted = false;
  setImmediate(() => {
    isInterrupted = true;
  });
  const seen: number[] = [];
  await inTurns(Array(2_000).keys(), (item, index) => seen.push(item - index));
  expect([seen.length, new Set(seen), isInterrupted]).toEqual([2_000, new Set([0]), true]);
});
