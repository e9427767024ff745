import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RetryTimers } from "./retry-timers.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("calls each node when its time has come", () => {
  const called: string[] = [];
  const timers = new RetryTimers((node) => called.push(node));
  timers.add("late", 1_000);
  timers.add("soon", 10);
  vi.advanceTimersByTime(10);
  expect(called).toEqual(["soon"]);
  vi.advanceTimersByTime(990);
  expect(called).toEqual(["soon", "late"]);
  expect(timers.drain()).toEqual([]);
});

it("calls nobody who was taken out", () => {
  const timers = new RetryTimers((node) => expect.fail(node));
  timers.add("a", 10);
  timers.add("b", 20);
  expect(timers.drain()).toEqual(["a", "b"]);
  vi.advanceTimersByTime(100);
});
