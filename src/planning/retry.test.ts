import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RetrySpec } from "../config/index.ts";
import { type Failure, type RetryPolicy, retryPolicyOf, waitBeforeRetry } from "./retry.ts";

const exit = (exitCode: number): Failure => ({ kind: "exit", exitCode });
const policy = (change: Partial<RetryPolicy> = {}): RetryPolicy => ({
  attempts: 3,
  backoffMs: 1000,
  on: [],
  ...change,
});

describe("retryPolicyOf", () => {
  const spec: RetrySpec = { limit: 4, backoffS: 0.5, on: [3, "lost"] };

  it.each([
    [undefined, undefined, undefined],
    ["stop-next", undefined, undefined],
    ["retry", undefined, { attempts: 3, backoffMs: 1000, on: [] }],
    ["retry", spec, { attempts: 5, backoffMs: 500, on: [3, "lost"] }],
    [undefined, spec, { attempts: 5, backoffMs: 500, on: [3, "lost"] }],
    ["stop-all", spec, { attempts: 5, backoffMs: 500, on: [3, "lost"] }],
    ["retry", { limit: 0, backoffS: 1, on: [] }, undefined],
  ] as const)("on-error %j with %j", (onError, retry, expected) => {
    expect(retryPolicyOf(onError, retry)).toEqual(expected);
  });
});

describe("waitBeforeRetry", () => {
  it.each<[string, RetryPolicy | undefined, number, Failure, number | undefined]>([
    ["nothing is said", undefined, 1, exit(1), undefined],
    ["the first attempt failed", policy(), 1, exit(1), 1000],
    ["the second failed", policy(), 2, exit(1), 2000],
    ["the last failed", policy(), 3, exit(1), undefined],
    ["there is no wait", policy({ backoffMs: 0 }), 2, exit(1), 0],
    ["it has doubled too often", policy({ attempts: 100 }), 99, exit(1), 600_000],
    ["the first wait is long", policy({ backoffMs: 3_600_000 }), 2, exit(1), 3_600_000],
    ["the exit code is listed", policy({ on: [2, 75] }), 1, exit(75), 1000],
    ["it is another", policy({ on: [2, 75] }), 1, exit(1), undefined],
    ["it died by a signal", policy({ on: ["signal"] }), 1, { kind: "signal" }, 1000],
    ["it died by a signal that is not listed", policy({ on: [137] }), 1, { kind: "signal" }, undefined],
    ["its time was up", policy({ on: ["timeout"] }), 1, { kind: "timeout" }, 1000],
    ["it is lost", policy({ on: ["lost"] }), 1, { kind: "lost" }, 1000],
    ["it used too much memory", policy({ on: ["memory"] }), 1, { kind: "memory" }, 1000],
    ["it used too much memory, which kills by a signal", policy({ on: ["signal"] }), 1, { kind: "memory" }, 1000],
    ["it had no input, and anything counts", policy(), 1, { kind: "other" }, 1000],
    ["it had no input, and something counts", policy({ on: ["lost", 1] }), 1, { kind: "other" }, undefined],
  ])("when %s", (_, given, attempt, failure, expected) => {
    expect(waitBeforeRetry(given, attempt, failure)).toBe(expected);
  });

  const failures = fc.oneof(
    fc.record({ kind: fc.constant("exit" as const), exitCode: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constantFrom("signal", "timeout", "lost", "memory", "other") }),
  ) as fc.Arbitrary<Failure>;
  const policies: fc.Arbitrary<RetryPolicy> = fc.record({
    attempts: fc.integer({ min: 2, max: 1_000 }),
    backoffMs: fc.integer({ min: 0, max: 86_400_000 }),
    on: fc.array(fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom("signal", "timeout", "lost", "memory"))),
  });

  it("never gives more attempts than were asked for, waits that only grow, and an end", () => {
    fc.assert(
      fc.property(policies, failures, (given, failure) => {
        const waits: number[] = [];
        for (let attempt = 1; ; attempt++) {
          const wait = waitBeforeRetry(given, attempt, failure);
          if (wait === undefined) break;
          waits.push(wait);
        }
        const isRetried = waits.length > 0;
        expect(waits.length).toBe(isRetried ? given.attempts - 1 : 0);
        expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
        expect(waits.every((wait) => wait >= given.backoffMs && wait <= Math.max(given.backoffMs, 600_000))).toBe(true);
        if (given.on.length === 0) expect(isRetried).toBe(true);
      }),
    );
  });

  it("asks about the failure at hand alone", () => {
    fc.assert(
      fc.property(policies, failures, failures, (given, failure, other) => {
        const listed = {
          ...given,
          on: failure.kind === "exit" ? [failure.exitCode] : failure.kind === "other" ? ([1] as const) : [failure.kind],
        };
        expect(waitBeforeRetry(listed, 1, failure) !== undefined).toBe(failure.kind !== "other");
        const isSame =
          failure.kind === "exit"
            ? other.kind === "exit" && other.exitCode === failure.exitCode
            : other.kind === failure.kind;
        if (!isSame && !(failure.kind === "signal" && other.kind === "memory") && failure.kind !== "other")
          expect(waitBeforeRetry(listed, 1, other)).toBeUndefined();
      }),
    );
  });
});
