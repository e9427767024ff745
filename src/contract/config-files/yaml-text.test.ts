import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { floatText, numberText } from "./number-text.ts";
import { yamlText } from "./yaml-text.ts";

describe("YAML text", () => {
  test("looks as people write it", () => {
    const data = {
      train: {
        files: [
          {
            name: "a b.csv",
            path: "/valohai/inputs/train/a b.csv",
            size: 10,
            uri: "datum://0198",
            checksums: { sha256: "0a" },
            metadata: [],
          },
          { name: "yes", metadata: [{ "valohai.tags": ["x", "1:30"], none: null }] },
        ],
      },
      empty: {},
    };
    expect(yamlText(data)).toBe(`train:
  files:
    - name: a b.csv
      path: /valohai/inputs/train/a b.csv
      size: 10
      uri: datum://0198
      checksums:
        sha256: "0a"
      metadata: []
    - name: "yes"
      metadata:
        - valohai.tags:
            - x
            - "1:30"
          none: null
empty: {}
`);
  });

  test.each([
    ["y"],
    ["No"],
    ["on"],
    ["~"],
    ["null"],
    ["012"],
    ["1_000"],
    ["1e3"],
    ["e1"],
    ["0x1f"],
    ["1:30"],
    ["2024-01-01"],
    ["="],
    ["<<"],
    [".5"],
    [".nan"],
    [""],
    [" a"],
    ["a "],
    ["a: b"],
    ["a #b"],
    ["- a"],
    ["a\nb"],
    ["a\u2028b"],
    ["\u0085"],
    ["\ufeff"],
    ["é"],
    ["🚀"],
    ["\ud800"],
    ["{a}"],
    ["*a"],
    ["%a"],
    ["key:"],
  ])("keeps the text %j a text in both versions", (text) => {
    for (const version of ["1.1", "1.2"] as const) {
      expect(parse(yamlText({ value: text, list: [text] }), { version })).toEqual({ value: text, list: [text] });
    }
  });

  test.each([
    [0, "0", "0.0"],
    [-0, "-0", "-0.0"],
    [42, "42", "42.0"],
    [0.5, "0.5", "0.5"],
    [1e-7, "1.0e-7", "1.0e-7"],
    [1.5e-9, "1.5e-9", "1.5e-9"],
    [1e21, "1.0e+21", "1.0e+21"],
    [Number.NaN, "NaN", "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity", "-Infinity"],
  ])("writes the number %d so that every version reads it", (value, plain, float) => {
    expect([numberText(value), floatText(value)]).toEqual([plain, float]);
  });

  test("writes numbers that JSON lacks", () => {
    expect(yamlText([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(
      "- .nan\n- .inf\n- -.inf\n",
    );
  });

  test("takes keys of any length and kind", () => {
    const data = { ["k".repeat(2000)]: { inner: [1] }, ["é".repeat(1500)]: "x", "a: b": 1, yes: 2, "": 3 };
    for (const version of ["1.1", "1.2"] as const) expect(parse(yamlText(data), { version })).toEqual(data);
  });

  test("leaves out what is undefined", () => {
    expect(yamlText({ a: undefined, b: { c: undefined }, d: 1 })).toBe("b: {}\nd: 1\n");
  });

  test("is read back as what it was, by readers of both versions", () => {
    const value = fc.jsonValue({ stringUnit: "binary", maxDepth: 4 });
    fc.assert(
      fc.property(value, (data) => {
        const plain: unknown = JSON.parse(JSON.stringify(data));
        for (const version of ["1.1", "1.2"] as const) expect(parse(yamlText(plain), { version })).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });
});
