import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { onAbort, unlessAborted } from "./on-abort.ts";

test("a callback is called once, at the abort or at once where that has been", () => {
  const control = new AbortController();
  let calls = 0;
  using _before = onAbort(control.signal, () => calls++);
  expect(calls).toBe(0);
  control.abort();
  control.abort();
  expect(calls).toBe(1);
  using _after = onAbort(control.signal, () => calls++);
  expect(calls).toBe(2);
});

test("a callback that was disposed is not called, and the signal forgets it", () => {
  const control = new AbortController();
  let calls = 0;
  {
    using _listening = onAbort(control.signal, () => calls++);
    expect(getEventListeners(control.signal, "abort")).toHaveLength(1);
  }
  expect(getEventListeners(control.signal, "abort")).toHaveLength(0);
  control.abort();
  expect(calls).toBe(0);
});

test("without a signal nothing is called", () => {
  using _listening = onAbort(undefined, () => {
    throw new Error("called");
  });
});

test("work that ends before the abort gives its own result, and leaves no listener behind", async () => {
  const control = new AbortController();
  expect(await unlessAborted(Promise.resolve("done"), control.signal)).toBe("done");
  await expect(unlessAborted(Promise.reject(new Error("failed")), control.signal)).rejects.toThrow("failed");
  expect(getEventListeners(control.signal, "abort")).toHaveLength(0);
});

test("work is left with the reason of the abort, also of one that has been", async () => {
  const control = new AbortController();
  const never = new Promise<never>(() => undefined);
  const waiting = unlessAborted(never, control.signal);
  control.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(unlessAborted(never, control.signal)).rejects.toThrow("enough");
});
