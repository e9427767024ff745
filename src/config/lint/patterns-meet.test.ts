import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { patternsMeet } from "./patterns-meet.ts";

describe("whether two patterns can mean the same file", () => {
  test.each([
    ["model.pkl", "model.pkl", true],
    ["model.pkl", "model.bin", false],
    ["*.pkl", "model.pkl", true],
    ["*.pkl", "*.bin", false],
    ["*.pkl", "model*", true],
    ["model*", "data*", false],
    ["*", "anything/at/all", true],
    ["**/*.pkl", "a/b/model.pkl", true],
    ["results/*.pkl", "results/x.pkl", true],
    ["results/*.pkl", "other/x.pkl", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a[bc]d", "abd", true],
    ["a[bc]d", "abbd", false],
    ["a*b*c", "axxc", false],
    ["a*b*c", "*bc", true],
    ["", "*", true],
    ["", "a", false],
  ])("%j and %j: %s", (a, b, meet) => {
    expect(patternsMeet(a, b)).toBe(meet);
    expect(patternsMeet(b, a)).toBe(meet);
  });

  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
  const names = namesUpTo(6);

  test("agrees with trying all short names", () => {
    fc.assert(
      fc.property(pattern, pattern, (a, b) => {
        const [left, right] = [regularExpression(a), regularExpression(b)];
        const found = names.some((name) => left.test(name) && right.test(name));
        // A common name may be longer than those tried, but what was found must be known.
        if (found) expect(patternsMeet(a, b)).toBe(true);
        if (!patternsMeet(a, b)) expect(found).toBe(false);
        if (!a.includes("*") && !b.includes("*")) expect(patternsMeet(a, b)).toBe(found);
      }),
    );
  });

  test("a pattern meets every name that it matches", () => {
    fc.assert(
      fc.property(pattern, fc.constantFrom(...names), (a, name) => {
        expect(patternsMeet(a, name)).toBe(regularExpression(a).test(name));
      }),
    );
  });

  test("very long patterns are taken to meet", () => {
    expect(patternsMeet("a".repeat(501), "b")).toBe(true);
  });
});

function regularExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

function namesUpTo(length: number): readonly string[] {
  const all = [""];
  for (const name of all) if (name.length < length) all.push(`${name}a`, `${name}b`);
  return all;
}
