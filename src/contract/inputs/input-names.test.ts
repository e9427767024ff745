import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeadraceError } from "../../errors.ts";
import { checkInputName, inputPaths, type NamingRules } from "./input-names.ts";

const pathsOf = (names: readonly string[], rules: Partial<NamingRules> = {}, root?: string) =>
  inputPaths(
    { name: "data", keepDirectories: "none", ...rules },
    names.map((name) => ({ name, ...(root !== undefined && { wildcardRoot: root }) })),
  );

describe("where the files of an input go", () => {
  test.each([
    ["none", undefined, ["a.csv", "x.csv"]],
    ["full", undefined, ["s3/a.csv", "s3/deep/x.csv"]],
    ["suffix", "s3", ["a.csv", "deep/x.csv"]],
    ["suffix", "other", ["s3/a.csv", "s3/deep/x.csv"]],
    ["suffix", undefined, ["s3/a.csv", "s3/deep/x.csv"]],
  ] as const)("keep-directories: %s, wildcard root %s", (keepDirectories, root, expected) => {
    expect(pathsOf(["s3/a.csv", "s3/deep/x.csv"], { keepDirectories }, root)).toEqual(expected);
  });

  test.each([
    [["a/b.csv"], "none", ["forced.csv"]],
    [["a/b.csv"], "full", ["a/forced.csv"]],
    [["a/b.csv", "c.csv"], "none", ["b.csv", "c.csv"]],
  ] as const)("filename for %j with keep-directories: %s", (names, keepDirectories, expected) => {
    expect(pathsOf(names, { keepDirectories, filename: "forced.csv" })).toEqual(expected);
  });

  test.each([
    [["a.csv", "a.csv", "a.csv"], "none", ["a.csv", "a-1.csv", "a-2.csv"]],
    [["a.csv", "a.csv", "a-1.csv"], "none", ["a.csv", "a-2.csv", "a-1.csv"]],
    [["a-1.csv", "a.csv", "a.csv"], "none", ["a-1.csv", "a.csv", "a-2.csv"]],
    [["x/a.csv", "y/a.csv"], "none", ["a.csv", "a-1.csv"]],
    [["x/a.csv", "y/a.csv", "y/a.csv"], "full", ["x/a.csv", "y/a.csv", "y/a-1.csv"]],
    [["a", "a/b", "a/b"], "full", ["a-1", "a/b", "a/b-1"]],
    [["noext", "noext", ".hidden", ".hidden"], "none", ["noext", "noext-1", ".hidden", ".hidden-1"]],
    [["m.tar.gz", "m.tar.gz"], "none", ["m.tar.gz", "m.tar-1.gz"]],
    [["A.csv", "a.csv"], "none", ["A.csv", "a.csv"]],
    [
      ["é.csv", "🚀", "名前 with space.txt", "-rf", "a\nb", "a\\b"],
      "none",
      ["é.csv", "🚀", "名前 with space.txt", "-rf", "a\nb", "a\\b"],
    ],
  ] as const)("names %j with keep-directories: %s", (names, keepDirectories, expected) => {
    expect(pathsOf(names, { keepDirectories })).toEqual(expected);
  });

  test("numbers a name of full length by shortening it", () => {
    const [first = "", second = ""] = pathsOf([`${"é".repeat(125)}.csv`, `${"é".repeat(125)}.csv`]);
    expect([Buffer.byteLength(first), Buffer.byteLength(second)]).toEqual([254, 254]);
    expect(second.endsWith("é-1.csv")).toBe(true);
  });

  test("takes only the last part of a hostile name where folders are not kept", () => {
    expect(pathsOf(["../../etc/passwd", "/abs/x", "a//b"])).toEqual(["passwd", "x", "b"]);
  });

  test.each([
    ["..", "none", "HR_PATH_ESCAPES", 'input data: the file name ".." leads out of the input\'s folder'],
    ["../x", "full", "HR_PATH_ESCAPES", 'input data: the file name "../x" leads out of the input\'s folder'],
    ["a/../../x", "full", "HR_PATH_ESCAPES", 'input data: the file name "a/../../x" leads out of the input\'s folder'],
    ["", "none", "HR_INPUT_UNAVAILABLE", 'input data: the file name "" is empty, or has an empty part'],
    ["folder/", "none", "HR_INPUT_UNAVAILABLE", 'input data: the file name "folder/" is empty, or has an empty part'],
    ["a//b", "full", "HR_INPUT_UNAVAILABLE", 'input data: the file name "a//b" is empty, or has an empty part'],
    [
      "a/./b",
      "full",
      "HR_INPUT_UNAVAILABLE",
      'input data: the file name "a/./b" has the part “.”, which names a folder',
    ],
    ["a\0b", "none", "HR_INPUT_UNAVAILABLE", 'input data: the file name "a\\u0000b" contains a NUL character'],
    ["a\ud800", "none", "HR_INPUT_UNAVAILABLE", 'input data: the file name "a\\ud800" is no valid Unicode text'],
    [
      "é".repeat(128),
      "none",
      "HR_INPUT_UNAVAILABLE",
      `input data: the file name "${"é".repeat(100)}…" has a part longer than 255 bytes`,
    ],
    [
      "abcdefg/".repeat(300).concat("x"),
      "full",
      "HR_INPUT_UNAVAILABLE",
      `input data: the file name "${"abcdefg/".repeat(12)}abcd…" is longer than 2048 bytes`,
    ],
  ] as const)("refuses %j with keep-directories: %s", (name, keepDirectories, code, message) => {
    const hint =
      code === "HR_PATH_ESCAPES"
        ? "rename the file at its source, or leave keep-directories at none"
        : "give the input a filename in the step's definition, or rename the file at its source";
    expect(() => pathsOf([name], { keepDirectories })).toThrow(expect.objectContaining({ code, message, hint }));
  });

  test("refuses a forced name that leads out", () => {
    expect(() => pathsOf(["a"], { filename: "../a" })).toThrow(expect.objectContaining({ code: "HR_PATH_ESCAPES" }));
  });

  test("are distinct paths below the folder, or an error for users, whatever the names", () => {
    const part = fc.oneof(
      fc.constantFrom("..", ".", "", "a", "b", "a-1", "\0", "/"),
      fc.string({ unit: "binary", maxLength: 4 }),
    );
    const name = fc.array(part, { maxLength: 4 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 6 }),
        fc.constantFrom("none", "full", "suffix"),
        name,
        (names, keepDirectories, root) => {
          let paths: readonly string[];
          try {
            paths = pathsOf(names, { keepDirectories }, root);
          } catch (error) {
            expect(error).toBeInstanceOf(HeadraceError);
            return;
          }
          const placed = new Set(paths);
          expect(placed.size).toBe(names.length);
          for (const path of paths) {
            const full = posix.resolve("/inputs/data", path);
            expect(full).toBe(`/inputs/data/${path}`);
            // No file stands where another needs a folder.
            for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder))
              expect(placed.has(folder)).toBe(false);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

test.each([
  ["..", "HR_PATH_ESCAPES", 'the input name ".." cannot be the name of a folder'],
  [".", "HR_PATH_ESCAPES", 'the input name "." cannot be the name of a folder'],
  ["a/b", "HR_PATH_ESCAPES", 'the input name "a/b" cannot be the name of a folder'],
  ["", "HR_INPUT_UNAVAILABLE", 'the input name "" is empty, or has an empty part'],
  ["a\0", "HR_INPUT_UNAVAILABLE", 'the input name "a\\u0000" contains a NUL character'],
])("the input name %j is refused", (name, code, message) => {
  expect(() => checkInputName(name)).toThrow(
    expect.objectContaining({ code, message, hint: "rename the input in the step's definition" }),
  );
});
