import { expect, test } from "vitest";
import { backoffMs, retry, spread } from "./retry.ts";

/** Fails so often, each time with its number, then succeeds. */
function failing(times: number): () => Promise<string> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return `attempt ${calls}`;
  };
}

test.each([
  [1, 100],
  [2, 200],
  [3, 400],
  [4, 500],
  // 2 ** 2000 is infinite, and the longest pause all the same.
  [2_000, 500],
])("after %i failures the pause is %i ms", (failures, expected) => {
  expect(backoffMs({ firstMs: 100, longestMs: 500 }, failures)).toBe(expected);
});

test("a spread pause lies between half and one and a half times of it", () => {
  const pauses = Array.from({ length: 1_000 }, () => spread(100));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...pauses)).toBeLessThan(150);
  expect(new Set(pauses).size).toBeGreaterThan(1);
});

test("attempts go on until one succeeds, and each failure is told with its number", async () => {
  const told: [string, number][] = [];
  const pauseMs = (error: unknown, failures: number): number => {
    told.push([(error as Error).message, failures]);
    return 0;
  };
  expect(await retry(failing(2), { pauseMs })).toBe("attempt 3");
  expect(told).toEqual([
    ["failure 1", 1],
    ["failure 2", 2],
  ]);
});

test("who gives up sees the last error, or one of their own", async () => {
  const giveUp = (_: unknown, failures: number): number | undefined => (failures < 3 ? 0 : undefined);
  await expect(retry(failing(9), { pauseMs: giveUp })).rejects.toThrow("failure 3");
  const inWords = (): never => {
    throw new Error("in words");
  };
  await expect(retry(failing(9), { pauseMs: inWords })).rejects.toThrow("in words");
});

test("an attempt that throws at once is a failure as well, and the first one is made at once", async () => {
  let calls = 0;
  const attempt = (): number => {
    calls += 1;
    if (calls === 1) throw new Error("at once");
    return calls;
  };
  const result = retry(attempt, { pauseMs: () => 0 });
  expect(calls).toBe(1);
  expect(await result).toBe(2);
});

test("the signal ends the pause, with its reason and no further attempt", async () => {
  const control = new AbortController();
  let calls = 0;
  const attempt = (): never => {
    calls += 1;
    throw new Error("away");
  };
  const waiting = retry(attempt, { pauseMs: () => 3_600_000, signal: control.signal });
  control.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  expect(calls).toBe(1);
});
