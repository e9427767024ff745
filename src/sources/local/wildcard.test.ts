import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileWildcard, hasWildcard, type Positions } from "./wildcard.ts";

function matches(pattern: string, path: string): boolean {
  const wildcard = compileWildcard(pattern);
  const names = path.split("/");
  let positions: Positions | undefined = wildcard.start;
  for (const [index, name] of names.entries()) {
    positions = positions && wildcard.enter(positions, name);
    if (index < names.length - 1) positions = positions && wildcard.descend(positions);
  }
  return positions !== undefined && wildcard.accepts(positions);
}

describe("wildcards", () => {
  it.each([
    ["*.csv", "a.csv", true],
    ["*.csv", ".csv", false],
    ["*.csv", "b/a.csv", false],
    ["*", "a", true],
    ["a*c", "ac", true],
    ["*/a.csv", "b/a.csv", true],
    ["*/a.csv", "a.csv", false],
    ["*/a.csv", "b/c/a.csv", false],
    ["**", "a", true],
    ["**", "a/b/c", true],
    ["**.jpg", "a.jpg", true],
    ["**.jpg", "a/b.jpg", true],
    ["**.jpg", "a/b.png", false],
    ["**/a.csv", "a.csv", true],
    ["**/a.csv", "b/c/a.csv", true],
    ["**/a.csv", "ba.csv", false],
    ["**/a.csv", "b/ca.csv", false],
    ["x/**/y", "x/y", true],
    ["x/**/y", "x/z/y", true],
    ["x/**/y", "xy", false],
    ["x/**", "x/y/z", true],
    ["**/**/a", "a", true],
    ["a**b/c", "a1/2b/c", true],
    ["run-*/metrics-*.json", "run-1/metrics-2.json", true],
    ["run-*/metrics-*.json", "run-1/other.json", false],
    ["a?[b].{c}", "a?[b].{c}", true],
    ["a?b", "axb", false],
    ["*", "数据", true],
    ["𝒜*", "𝒜b", true],
    // Hidden names.
    ["*", ".hidden", false],
    [".*", ".hidden", true],
    ["**", "a/.hidden", false],
    ["**", ".git/config", false],
    ["**/*.csv", ".cache/a.csv", false],
    ["**/.cache/*.csv", "b/.cache/a.csv", true],
    ["a*", "a.b", true],
  ])("%s against %s: %s", (pattern, path, expected) => {
    expect(matches(pattern, path)).toBe(expected);
  });

  it("mean what the regular expression of the same words means", () => {
    const part = fc.stringMatching(/^[ab*]{1,4}$/);
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const path = fc
      .array(fc.stringMatching(/^[ab]{1,3}$/), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join("/"));
    fc.assert(
      fc.property(pattern, path, (wildcard, name) => {
        expect(matches(wildcard, name)).toBe(asRegExp(wildcard).test(name));
      }),
      { numRuns: 2000 },
    );
  });

  it("stay quick on patterns made to be slow", () => {
    const wildcard = compileWildcard(`${"*a".repeat(200)}b`);
    const positions = wildcard.enter(wildcard.start, "a".repeat(250));
    expect(positions?.size).toBeLessThanOrEqual(402);
    expect(positions !== undefined && wildcard.accepts(positions)).toBe(false);
  });

  it("leave folders alone that cannot hold a match", () => {
    const wildcard = compileWildcard("images/*/a.jpg");
    expect(wildcard.enter(wildcard.start, "models")).toBeUndefined();
    const images = wildcard.enter(wildcard.start, "images");
    expect(images && wildcard.descend(images)).toBeDefined();
    const flat = compileWildcard("*.jpg");
    const folder = flat.enter(flat.start, "folder");
    expect(folder && flat.descend(folder)).toBeUndefined();
  });
});

it.each([
  ["a/*.csv", true],
  ["a/b[1]?.csv", false],
])("%s has a wildcard: %s", (path, expected) => {
  expect(hasWildcard(path)).toBe(expected);
});

function asRegExp(pattern: string): RegExp {
  const source = pattern.replace(/(?<=^|\/)\*\*\/|\*{2,}|\*/g, (piece) => {
    if (piece === "**/") return "(?:.*/)?";
    return piece === "*" ? "[^/]*" : ".*";
  });
  return new RegExp(`^${source}$`);
}
