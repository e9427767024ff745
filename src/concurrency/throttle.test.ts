import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Throttle } from "./throttle.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("calls at once, then once for all that was asked for in the interval", () => {
  let calls = 0;
  using throttle = new Throttle(100, () => calls++);
  throttle.call();
  expect(calls).toBe(1);
  for (let i = 0; i < 50; i++) throttle.call();
  vi.advanceTimersByTime(99);
  expect(calls).toBe(1);
  vi.advanceTimersByTime(1);
  expect(calls).toBe(2);
  vi.advanceTimersByTime(1_000);
  expect(calls).toBe(2);
  throttle.call();
  expect(calls).toBe(3);
});

it("is silent once it is disposed", () => {
  let calls = 0;
  const throttle = new Throttle(100, () => calls++);
  throttle.call();
  throttle.call();
  throttle[Symbol.dispose]();
  vi.advanceTimersByTime(1_000);
  throttle.call();
  expect([calls, vi.getTimerCount()]).toEqual([1, 0]);
});
