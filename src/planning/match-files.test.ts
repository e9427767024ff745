import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileGlob, hasGlob } from "../config/index.ts";
import { file } from "./fixtures/configs.ts";
import { matchFiles } from "./match-files.ts";

const match = (pattern: string, ...names: string[]) =>
  matchFiles(
    pattern,
    names.map((name) => file(name)),
  ).map((item) => item.name);

describe("matchFiles", () => {
  test.each<[string, string[], string[]]>([
    ["*", ["b", "a/c", "a"], ["a", "a/c", "b"]],
    ["*.csv", ["x.csv", "deep/er/y.csv", "z.csv.gz", ".csv"], [".csv", "deep/er/y.csv", "x.csv"]],
    [
      "results/*.pkl",
      ["results/a.pkl", "results/sub/b.pkl", "a.pkl", "old/results/c.pkl"],
      ["results/a.pkl", "results/sub/b.pkl"],
    ],
    ["**/a.txt", ["a.txt", "x/a.txt"], ["x/a.txt"]],
    ["model.???", ["model.pkl", "model.onnx", "model.pt"], ["model.pkl"]],
    ["part-[0-9][!0]*", ["part-10", "part-12", "part-1", "part-1x"], ["part-12", "part-1x"]],
    ["[ab]", ["a", "b", "c", "ab"], ["a", "b"]],
    ["[]]x", ["]x", "x"], ["]x"]],
    ["a[b", ["a[b", "ab"], ["a[b"]],
    ["[final].csv", ["[final].csv", "x.csv"], ["[final].csv"]],
    ["?", ["é", "😀", "ab"], ["é", "😀"]],
    ["CASE*", ["case"], []],
    ["model", ["model", "model.pkl", "model/x"], ["model"]],
    ["model", ["model.pkl", "model.json", "model/x", "sub/model.pkl", "modelx"], ["model.json", "model.pkl"]],
    ["model", ["model/b", "model/a", "models/c"], ["model/a", "model/b"]],
    ["model/", ["model/b", "model/.keep", "models/c", "model.pkl"], ["model/.keep", "model/b"]],
    ["results/model", ["results/model.pkl", "model.pkl"], ["results/model.pkl"]],
    ["model.tar", ["model.tar.gz"], ["model.tar.gz"]],
    ["v1.0", ["v1.0/x"], ["v1.0/x"]],
    ["", ["a"], []],
    ["a", [], []],
  ])("%j among %j", (pattern, names, expected) => {
    expect(match(pattern, ...names)).toEqual(expected);
  });

  test("a pattern of many stars takes no long time", () => {
    expect(compileGlob("*a".repeat(2000))("a".repeat(1999))).toBe(false);
    expect(compileGlob(`${"*a".repeat(2000)}*`)("a".repeat(5000))).toBe(true);
  });

  test("agrees with the plain definition by regular expression", () => {
    const pattern = fc
      .array(fc.constantFrom("a", "b", "/", ".", "*", "?", "[ab]", "[!a]", "+"), { maxLength: 8 })
      .map((parts) => parts.join(""));
    const name = fc.array(fc.constantFrom("a", "b", "/", ".", "+"), { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(pattern, name, (glob, text) => {
        const source = glob
          .replaceAll(/[.+]/g, "\\$&")
          .replaceAll("?", ".")
          .replaceAll("*", ".*")
          .replaceAll("[!", "[^");
        expect(compileGlob(glob)(text)).toBe(new RegExp(`^(?:${source})$`, "s").test(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("the order is that of the names, whatever order they came in", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { maxLength: 10 }),
        fc.constantFrom("*", "a*", "*b*"),
        (names, glob) => {
          const result = match(glob, ...names);
          expect(result).toEqual(match(glob, ...names.toReversed()));
          expect(result).toEqual(result.toSorted((a, b) => (a < b ? -1 : 1)));
        },
      ),
    );
  });

  test.each([
    ["a*", true],
    ["a?", true],
    ["[a]", true],
    ["a.b/c", false],
  ])("%s: glob or not", (pattern, expected) => {
    expect(hasGlob(pattern)).toBe(expected);
  });
});

describe("the literal folder of a pattern", () => {
  test.each([
    ["*.csv", "a/b.csv", undefined],
    ["results/*.csv", "results/deep/b.csv", "results"],
    ["a/b/part-*", "a/b/part-1", "a/b"],
    ["a/b.csv", "a/b.csv", "a"],
    ["model", "model/weights.bin", "model"],
    ["model/", "model/deep/weights.bin", "model"],
    ["out/model", "out/model.pkl", "out"],
    ["b.csv", "b.csv", undefined],
  ])("%s finds %s below %s", (pattern, name, root) => {
    const [found] = matchFiles(pattern, [{ name, datumId: "d", sha256: "s", sizeBytes: 1 }]);
    expect(found?.name).toBe(name);
    expect(found?.wildcardRoot).toBe(root);
  });
});
