import { expect, test } from "vitest";
import { pause } from "./pause.ts";

test("a pause ends by its time", async () => {
  let isOver = false;
  const waiting = pause(20).then(() => {
    isOver = true;
  });
  await Promise.resolve();
  expect(isOver).toBe(false);
  await waiting;
  expect(isOver).toBe(true);
});

test("a pause ends with the signal, and does not fail", async () => {
  const control = new AbortController();
  const waiting = pause(3_600_000, control.signal);
  control.abort(new Error("enough"));
  expect(await waiting).toBeUndefined();
  expect(await pause(3_600_000, control.signal)).toBeUndefined();
});
