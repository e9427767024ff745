import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Limits } from "./limits.ts";

describe("Limits", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const now = () => performance.now();

  it("says nothing where nothing is limited", () => {
    using limits = new Limits({}, now);
    vi.advanceTimersByTime(1e9);
    expect(limits.signal.aborted).toBe(false);
  });

  it.each([
    [1.5, 1499, 1],
    [10, 9999, 1],
    // Longer than the 31 bits of milliseconds that one timer holds.
    [30 * 86_400, 30 * 86_400_000 - 1, 1],
  ])("a time-limit of %d s comes then and not before", (timeLimitS, before, rest) => {
    using limits = new Limits({ timeLimitS }, now);
    vi.advanceTimersByTime(before);
    expect(limits.signal.aborted).toBe(false);
    vi.advanceTimersByTime(rest);
    expect(limits.signal.reason).toBe(`its time-limit of ${timeLimitS} s was reached`);
  });

  it.each([
    [400, 600],
    [1000, 0],
    // The clock may have jumped, or nobody looked for long.
    [1e9, 0],
  ])("of a step that had run for %d ms already counts the rest only", (ranMs, rest) => {
    using limits = new Limits({ timeLimitS: 1 }, now, ranMs);
    if (rest > 0) {
      vi.advanceTimersByTime(rest - 1);
      expect(limits.signal.aborted).toBe(false);
    }
    vi.advanceTimersByTime(1);
    expect(limits.signal.reason).toBe("its time-limit of 1 s was reached");
  });

  it("does not count the time in a queue", () => {
    using limits = new Limits({ timeLimitS: 1, noOutputTimeoutS: 2 }, now, "queued");
    vi.advanceTimersByTime(1e9);
    expect(limits.signal.aborted).toBe(false);
    limits.begin(400);
    vi.advanceTimersByTime(599);
    expect(limits.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(limits.signal.reason).toBe("its time-limit of 1 s was reached");
  });

  it("does not begin once it is over", () => {
    const limits = new Limits({ timeLimitS: 1 }, now, "queued");
    limits[Symbol.dispose]();
    limits.begin(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("counts silence from the last output", () => {
    using limits = new Limits({ noOutputTimeoutS: 10 }, now);
    vi.advanceTimersByTime(9000);
    limits.activity(now());
    vi.advanceTimersByTime(9999);
    expect(limits.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(limits.signal.reason).toBe("it printed nothing for 10 s (no-output-timeout)");
  });

  it("takes its timers with it", () => {
    new Limits({ timeLimitS: 5, noOutputTimeoutS: 5 }, now)[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});
