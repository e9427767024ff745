import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ParameterType, ParameterValue } from "../model.ts";
import { pythonFloatText, pythonText } from "./python-text.ts";
import { pythonSplit, pythonStrip } from "./python-whitespace.ts";

describe("pythonFloatText", () => {
  // Each pair was printed by CPython 3.
  test.each([
    [0, "0.0"],
    [-0, "-0.0"],
    [1, "1.0"],
    [0.1, "0.1"],
    [100, "100.0"],
    [-12.5, "-12.5"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.000012345, "1.2345e-05"],
    [1e15, "1000000000000000.0"],
    [9_999_999_999_999_998, "9999999999999998.0"],
    [1e16, "1e+16"],
    [1.2345e22, "1.2345e+22"],
    [1e100, "1e+100"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [Number.NaN, "nan"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
  ])("%d is %s", (value, text) => {
    expect(pythonFloatText(value)).toBe(text);
  });

  test("reads back as the same number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        Object.is(Number(pythonFloatText(value)), value),
      ),
    );
  });
});

describe("pythonText", () => {
  test.each<[ParameterValue, ParameterType | undefined, string]>([
    ["hello", undefined, "hello"],
    ["", undefined, ""],
    [null, undefined, "None"],
    [true, undefined, "True"],
    [false, "flag", "False"],
    [5, undefined, "5"],
    [5, "integer", "5"],
    [-0, "integer", "0"],
    [5, "float", "5.0"],
    [0.5, undefined, "0.5"],
    [1e-5, "string", "1e-05"],
    [2 ** 60, "integer", "1.152921504606847e+18"],
    [[], undefined, "[]"],
    [[1, 2.5], "integer", "[1, 2.5]"],
    [[1, 2.5], "float", "[1.0, 2.5]"],
    [["a", "it's", `"'`], undefined, `['a', "it's", '"\\'']`],
    [["tab\t", "line\n", "back\\slash"], undefined, "['tab\\t', 'line\\n', 'back\\\\slash']"],
    [
      ["\u0001", "\u00a0", "\u2003", "\ufeff", "é😀", "\u{f0000}"],
      undefined,
      "['\\x01', '\\xa0', '\\u2003', '\\ufeff', 'é😀', '\\U000f0000']",
    ],
    [[true, null], undefined, "[True, None]"],
  ])("%j as %s is %s", (value, type, text) => {
    expect(pythonText(value, type)).toBe(text);
  });
});

describe("white space as Python sees it", () => {
  test.each([
    ["  a  b\t\nc ", ["a", "b", "c"]],
    ["", []],
    [" \t ", []],
    ["a\u0085b\u001cc\u2003d", ["a", "b", "c", "d"]],
    ["a\ufeffb", ["a\ufeffb"]],
  ])("split %j", (text, words) => {
    expect(pythonSplit(text)).toEqual(words);
  });

  test.each([
    ["  a b ", "a b"],
    ["\n\u2003a\u0085", "a"],
    [" \t", ""],
    ["", ""],
    ["\ufeffa", "\ufeffa"],
  ])("strip %j", (text, stripped) => {
    expect(pythonStrip(text)).toBe(stripped);
  });
});
