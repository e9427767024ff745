import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  test.each<[string | number | null | undefined, number | undefined]>([
    [90, 90],
    [0.5, 0.5],
    ["90", 90],
    [" 90 ", 90],
    ["1.5", 1.5],
    ["30s", 30],
    ["5m", 300],
    ["2h", 7200],
    ["1d", 86_400],
    ["1w", 604_800],
    ["1h 30m 5s", 5405],
    ["1h30m5s", 5405],
    ["1h, 30m", 5400],
    ["1 hour 30 minutes", 5400],
    ["1.5d 2hörs", 136_800],
    ["1.h", 3600],
    [".5m", 30],
    ["2 WEEKS", 1_209_600],
    ["1h 1h", 7200],
    ["", undefined],
    ["   ", undefined],
    [null, undefined],
    [undefined, undefined],
  ])("%j is %s seconds", (value, seconds) => {
    expect(parseDuration(value)).toEqual(seconds === undefined ? { ok: true } : { ok: true, seconds });
  });

  test.each<[string | number, string]>([
    [0, "0 is not a duration above zero, such as 90, 30m or 1h 30m"],
    [-5, "-5 is not a duration above zero, such as 90, 30m or 1h 30m"],
    ["0", '"0" is not a duration above zero, such as 90, 30m or 1h 30m'],
    ["0s", '"0s" is not a duration above zero, such as 90, 30m or 1h 30m'],
    ["-1h", '"-1h" is not a duration above zero, such as 90, 30m or 1h 30m'],
    ["soon", '"soon" is not a duration, such as 90, 30m or 1h 30m'],
    ["1h soon", '"1h soon" is not a duration, such as 90, 30m or 1h 30m'],
    ["1h -5m", '"1h -5m" is not a duration, such as 90, 30m or 1h 30m'],
    ["1y", '"1y" is not a duration: unknown unit "y" (s, m, h, d and w are known)'],
    ["1h 30", '"1h 30" is not a duration: 30 has no unit (s, m, h, d or w)'],
    ["1:30", '"1:30" is not a duration: 1 has no unit (s, m, h, d or w)'],
    [Number.NaN, "NaN is too long for a duration"],
    [Number.POSITIVE_INFINITY, "Infinity is too long for a duration"],
    ["9999999999w", '"9999999999w" is too long for a duration'],
    [`${"9".repeat(400)}s`, `"${"9".repeat(400)}s" is too long for a duration`],
  ])("%j is refused", (value, message) => {
    expect(parseDuration(value)).toEqual({ ok: false, message });
  });

  test("never throws, and what it accepts is above zero and finite", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."0123456789. hmsdw,-ö") }), fc.double()),
        (value) => {
          const result = parseDuration(value);
          if (result.ok && result.seconds !== undefined)
            expect(result.seconds > 0 && Number.isFinite(result.seconds)).toBe(true);
        },
      ),
    );
  });

  test("a sum of parts is the sum of their durations", () => {
    const part = fc.tuple(fc.integer({ min: 1, max: 500 }), fc.constantFrom("s", "m", "h", "d", "w"));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.constantFrom("", " ", ", "), (parts, joiner) => {
        const texts = parts.map(([amount, unit]) => `${amount}${unit}`);
        const single = texts.map((text) => parseDuration(text));
        const total = single.reduce((sum, item) => sum + (item.ok ? (item.seconds ?? 0) : Number.NaN), 0);
        expect(parseDuration(texts.join(joiner))).toEqual({ ok: true, seconds: total });
      }),
    );
  });
});
