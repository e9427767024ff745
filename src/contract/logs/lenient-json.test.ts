import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJsonObject } from "./lenient-json.ts";

describe("parseJsonObject", () => {
  test.each([
    ["{}", {}],
    ['{"loss": 0.5}', { loss: 0.5 }],
    [
      '{"epoch": 1, "tags": ["a", null, true], "matrix": [[1, 2], [3, 4]]}',
      {
        epoch: 1,
        tags: ["a", null, true],
        matrix: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    ['{"loss": NaN}', { loss: "NaN" }],
    ['{"loss":NaN,"best":-Infinity,"worst":Infinity}', { loss: "NaN", best: "-Infinity", worst: "Infinity" }],
    ['{"losses": [NaN, 1, [Infinity]]}', { losses: ["NaN", 1, ["Infinity"]] }],
    ['{"note": "NaN is \\"NaN\\", Infinity", "loss": NaN}', { note: 'NaN is "NaN", Infinity', loss: "NaN" }],
    ['{"NaN": NaN}', { NaN: "NaN" }],
    ['{"big": 1e999, "small": -1E+999, "fine": 1e300}', { big: "Infinity", small: "-Infinity", fine: 1e300 }],
    [`{"digits": ${"9".repeat(400)}}`, { digits: "Infinity" }],
    [
      '{"seed": 18446744073709551615, "id": -9007199254740993, "even": 9007199254740992, "f": 0.12345678901234566}',
      { seed: "18446744073709551615", id: "-9007199254740993", even: 9007199254740992, f: 0.12345678901234566 },
    ],
    ['{"größe": "naïve 🚀"}', { größe: "naïve 🚀" }],
  ])("reads %s", (text, values) => {
    expect(parseJsonObject(text)).toEqual(values);
  });

  test("reads the key __proto__ as any other", () => {
    expect(Object.entries(parseJsonObject('{"__proto__": 1}') ?? {})).toEqual([["__proto__", 1]]);
  });

  test.each([
    ["", "nothing"],
    ["[1]", "a list"],
    ['"text"', "a text"],
    ["null", "null"],
    ["{'loss': 1}", "a Python dict"],
    ['{"loss": 1', "half an object"],
    ['{"loss": 1} {"loss": 2}', "two objects"],
    ['{"loss": nan}', "another language's NaN"],
    ['{"loss": NaNs}', "a word that begins like NaN"],
    [`${'{"a":'.repeat(101)}1${"}".repeat(101)}`, "an object nested 101 deep"],
    [`{"a":${"[".repeat(500_000)}`, "half a megabyte of brackets"],
  ])("leaves %s alone: %s", (text) => {
    expect(parseJsonObject(text)).toBeUndefined();
  });

  test("reads an object nested 100 deep", () => {
    const text = `${'{"a":'.repeat(100)}1${"}".repeat(100)}`;
    expect(JSON.stringify(parseJsonObject(text))).toBe(text);
  });

  test("does not count brackets in texts", () => {
    expect(parseJsonObject(JSON.stringify({ code: '[{"\\'.repeat(300) }))).toEqual({ code: '[{"\\'.repeat(300) });
  });

  test("equals JSON.parse for every object that JSON can write", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        const text = JSON.stringify(values);
        expect(parseJsonObject(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("never throws", () => {
    const alphabet = fc.constantFrom('"', "\\", "{", "}", "[", "]", ":", ",", "NaN", "-Infinity", "1e999", "a", " ");
    fc.assert(
      fc.property(fc.array(alphabet), (tokens) => {
        parseJsonObject(`{${tokens.join("")}}`);
      }),
    );
  });
});
