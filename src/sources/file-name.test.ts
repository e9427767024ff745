import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { percentDecoded, safeFileName, safeFolderName } from "./file-name.ts";

describe("safeFileName", () => {
  it.each([
    ["data.csv", "data.csv"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\me\\data.csv", "data.csv"],
    ["a\0b.csv", "ab.csv"],
    ["line\nbreak.csv", "linebreak.csv"],
    ["  spaced name.csv ", "spaced name.csv"],
    [".hidden", ".hidden"],
    ["..", undefined],
    [".", undefined],
    ["", undefined],
    ["folder/", undefined],
    ["\0", undefined],
    [".\0.", undefined],
    ["naïve 数据.csv", "naïve 数据.csv"],
    ["lone \ud800.csv", "lone \ufffd.csv"],
    [`${"x".repeat(300)}.csv`, `${"x".repeat(251)}.csv`],
    ["数".repeat(100), "数".repeat(85)],
    [`a.${"x".repeat(300)}`, `a.${"x".repeat(253)}`],
  ])("makes %j %j", (text, name) => {
    expect(safeFileName(text)).toBe(name);
  });

  it("never gives a name that leads elsewhere or does not fit", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary", maxLength: 400 }), fc.stringMatching(/^[./\\\0 a]{0,12}$/)),
        (text) => {
          const name = safeFileName(text);
          if (name === undefined) return;
          expect(name).not.toMatch(/^\.{0,2}$/);
          expect(name).not.toMatch(/[/\\\0]/);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
          expect(name.isWellFormed()).toBe(true);
          expect(safeFileName(name)).toBe(name);
        },
      ),
    );
  });
});

it.each([
  ["images", "images"],
  ["a/b", "a_b"],
  ["..", "_"],
  ["../..", ".._.."],
  ["", "_"],
])("safeFolderName makes %j %j", (text, name) => {
  expect(safeFolderName(text)).toBe(name);
});

it.each([
  ["y%20z.csv", "y z.csv"],
  ["100%", "100%"],
  ["%ff", "%ff"],
])("percentDecoded makes %j %j", (text, decoded) => {
  expect(percentDecoded(text)).toBe(decoded);
});
