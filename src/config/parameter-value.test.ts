import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parameter } from "./fixtures/parameters.ts";
import type { Parameter, ParameterType } from "./model.ts";
import { parseParameterValue, typedDefault, validateParameterValue } from "./parameter-value.ts";

const fail = (...messages: string[]) => ({ ok: false, messages });

describe("parseParameterValue: what Python accepts", () => {
  test.each<[ParameterType, string, unknown]>([
    ["integer", "5", 5],
    ["integer", " 5 ", 5],
    ["integer", "+5", 5],
    ["integer", "-0", 0],
    ["integer", "007", 7],
    ["integer", "1_000", 1000],
    ["integer", "9007199254740991", 9_007_199_254_740_991],
    ["float", "0.1", 0.1],
    ["float", "5", 5],
    ["float", "5.", 5],
    ["float", ".5", 0.5],
    ["float", "1e-5", 1e-5],
    ["float", "1E1_0", 1e10],
    ["float", " 2.5\n", 2.5],
    ["float", "inf", "inf"],
    ["float", "-Infinity", "-inf"],
    ["float", "NaN", "nan"],
    ["float", "1e999", "inf"],
    ["string", "", ""],
    ["string", " kept ", " kept "],
    ["string", "5", "5"],
    ["flag", "true", true],
    ["flag", "Yes", true],
    ["flag", "1", true],
    ["flag", "off", false],
    ["flag", "F", false],
  ])("%s %j is %j", (type, text, value) => {
    expect(parseParameterValue(parameter("x", { type }), [text])).toEqual({ ok: true, value });
  });

  test.each<[ParameterType, string, string]>([
    ["integer", "", "no value is given"],
    ["integer", "5.3", '"5.3" is not an integer'],
    ["integer", "hello", '"hello" is not an integer'],
    ["integer", "1__0", '"1__0" is not an integer'],
    ["integer", "_1", '"_1" is not an integer'],
    ["integer", "0x10", '"0x10" is not an integer'],
    ["integer", "1e3", '"1e3" is not an integer'],
    [
      "integer",
      "9007199254740992",
      "9007199254740992 is beyond ±9007199254740991, the largest integer that every part of a run keeps exactly",
    ],
    ["float", "", "no value is given"],
    ["float", "hello", '"hello" is not a floating-point number'],
    ["float", ".", '"." is not a floating-point number'],
    ["float", "1e", '"1e" is not a floating-point number'],
    ["float", "1,5", '"1,5" is not a floating-point number'],
    ["flag", "maybe", '"maybe" is neither true nor false'],
    ["flag", "", '"" is neither true nor false'],
  ])("%s %j is refused", (type, text, message) => {
    expect(parseParameterValue(parameter("x", { type }), [text])).toEqual(fail(message));
  });

  test("a long text is shown shortened", () => {
    const result = parseParameterValue(parameter("x", { type: "integer" }), ["y".repeat(500)]);
    expect(result).toEqual(fail(`"${"y".repeat(76)}… is not an integer`));
  });

  test("a single-valued parameter takes one text", () => {
    expect(parseParameterValue(parameter("x"), [])).toEqual(fail("no value is given"));
    expect(parseParameterValue(parameter("x"), ["a", "b"])).toEqual(
      fail("only a single value is allowed, not a list of 2 (`multiple` is not set)"),
    );
  });

  test("a multiple parameter yields a list, every bad item is reported", () => {
    const layers = parameter("layers", { type: "integer", multiple: "separate", max: 100 });
    expect(parseParameterValue(layers, ["1", "2"])).toEqual({ ok: true, value: [1, 2] });
    expect(parseParameterValue(layers, ["7"])).toEqual({ ok: true, value: [7] });
    expect(parseParameterValue(layers, [])).toEqual({ ok: true, value: [] });
    expect(parseParameterValue(layers, ["a", "3", "400"])).toEqual(
      fail('"a" is not an integer', "400 is greater than the maximum allowed (100)"),
    );
  });
});

describe("validateParameterValue: typed values", () => {
  test.each<[ParameterType, unknown, unknown]>([
    ["integer", 5, 5],
    ["integer", "5", 5],
    ["float", 1, 1],
    ["float", 0.25, 0.25],
    ["float", Number.NaN, "nan"],
    ["float", Number.NEGATIVE_INFINITY, "-inf"],
    ["string", 5, "5"],
    ["string", true, "True"],
    ["string", Number.POSITIVE_INFINITY, "inf"],
    ["flag", true, true],
    ["flag", 0, false],
    ["flag", "yes", true],
  ])("%s %j is %j", (type, value, typed) => {
    expect(validateParameterValue(parameter("x", { type }), value)).toEqual({ ok: true, value: typed });
  });

  test.each<[ParameterType, unknown, string]>([
    ["integer", true, "True is not an integer"],
    ["integer", 5.3, "5.3 is not an integer"],
    [
      "integer",
      1e300,
      `${BigInt(1e300).toString().slice(0, 77)}… is beyond ±9007199254740991, the largest integer that every part of a run keeps exactly`,
    ],
    ["float", false, "False is not a floating-point number"],
    ["string", { a: 1 }, "an object is not a single value"],
    ["flag", 2, "2 is neither true nor false"],
    ["string", null, "no value is given"],
    ["string", undefined, "no value is given"],
    ["float", [1.133], "only a single value is allowed, not a list of 1 (`multiple` is not set)"],
  ])("%s %j is refused", (type, value, message) => {
    expect(validateParameterValue(parameter("x", { type }), value)).toEqual(fail(message));
  });

  test("a single value of a multiple parameter is wrapped", () => {
    expect(validateParameterValue(parameter("cost", { type: "float", multiple: "separate" }), 0.2)).toEqual({
      ok: true,
      value: [0.2],
    });
  });

  test("lists in lists and None in lists are refused", () => {
    const many = parameter("x", { multiple: "repeat" });
    expect(validateParameterValue(many, [["a"], null])).toEqual(
      fail("a list is not a single value", "None is not a single value"),
    );
  });
});

describe("limits and choices", () => {
  const bounded = parameter("x", { type: "integer", min: 0, max: 10 });
  test.each([
    ["0", { ok: true, value: 0 }],
    ["10", { ok: true, value: 10 }],
    ["-5", fail("-5 is less than the minimum allowed (0)")],
    ["15", fail("15 is greater than the maximum allowed (10)")],
  ])("0…10 of %s", (text, result) => {
    expect(parseParameterValue(bounded, [text])).toEqual(result);
  });

  test("infinity is held against limits, NaN and texts are not", () => {
    const rate = parameter("rate", { type: "float", min: 0, max: 1 });
    expect(parseParameterValue(rate, ["inf"])).toEqual(fail("inf is greater than the maximum allowed (1)"));
    expect(parseParameterValue(rate, ["-inf"])).toEqual(fail("-inf is less than the minimum allowed (0)"));
    expect(parseParameterValue(rate, ["nan"])).toEqual({ ok: true, value: "nan" });
    expect(parseParameterValue(parameter("text", { min: 3 }), ["a"])).toEqual({ ok: true, value: "a" });
  });

  test("a choice must be met", () => {
    const animal = parameter("animal", { choices: ["blep", "mlem"] });
    expect(parseParameterValue(animal, ["blep"])).toEqual({ ok: true, value: "blep" });
    expect(parseParameterValue(animal, ["blop"])).toEqual(fail('"blop" is not among the choices "blep", "mlem"'));
  });

  test("choices that YAML read as numbers are met by typed texts", () => {
    expect(parseParameterValue(parameter("size", { choices: [1, 2] }), ["2"])).toEqual({ ok: true, value: "2" });
    expect(parseParameterValue(parameter("size", { type: "integer", choices: ["1", "2"] }), ["2"])).toEqual({
      ok: true,
      value: 2,
    });
    expect(parseParameterValue(parameter("size", { type: "integer", choices: [1, true, ""] }), ["0"])).toEqual(
      fail('0 is not among the choices 1, True, ""'),
    );
  });

  test("a flag has no limits", () => {
    expect(validateParameterValue(parameter("x", { type: "flag", choices: [true], min: 5 }), false)).toEqual({
      ok: true,
      value: false,
    });
  });

  test("never throws, and accepted values are plain data of the type", () => {
    const types = fc.constantFrom<ParameterType>("string", "integer", "float", "flag");
    fc.assert(
      fc.property(types, fc.boolean(), fc.oneof(fc.anything(), fc.string()), (type, isMultiple, value) => {
        const result = validateParameterValue(
          parameter("x", { type, multiple: isMultiple ? "repeat" : "none" }),
          value,
        );
        if (!result.ok) {
          expect(result.messages.length).toBeGreaterThan(0);
          return;
        }
        expect(Array.isArray(result.value)).toBe(isMultiple);
        for (const atom of [result.value].flat()) {
          if (type === "integer") expect(Number.isSafeInteger(atom)).toBe(true);
          if (type === "flag") expect(typeof atom).toBe("boolean");
          expect(JSON.parse(JSON.stringify([atom]))).toEqual([atom === 0 ? 0 : atom]);
        }
      }),
    );
  });
});

describe("typedDefault", () => {
  test.each<[ParameterType, Partial<Parameter>, unknown]>([
    ["float", { default: "1e-5" }, 0.00001],
    ["float", { default: 1 }, 1],
    ["float", { multiple: "separate", default: ["1e-3", 0.1, "nan"] }, [0.001, 0.1, "nan"]],
    ["integer", { default: "12" }, 12],
    ["integer", { default: " 1_000 " }, 1000],
    ["integer", { multiple: "repeat", default: "7" }, [7]],
    ["string", { default: false }, "False"],
    ["string", { default: 8 }, "8"],
    ["string", { default: 1, defaultTexts: ["1.0"] }, "1.0"],
    ["string", { multiple: "repeat", default: [1.1, "a"] }, ["1.1", "a"]],
    ["flag", { default: "no" }, false],
    ["flag", { default: "false" }, false],
    ["flag", { default: "yes" }, true],
    ["flag", { default: 0 }, false],
    // Choices and limits are lint's affair, and what has not the type stays as it is, as in Valohai.
    ["integer", { default: "9", max: 5 }, 9],
    ["integer", { default: "zoom" }, "zoom"],
    ["float", { multiple: "repeat", default: ["1e1", "zoom"] }, [10, "zoom"]],
    ["integer", { default: [1, 2] }, [1, 2]],
    ["flag", { default: "perhaps" }, "perhaps"],
    ["float", {}, undefined],
    ["float", { default: null }, undefined],
  ])("%s %j is %j", (type, own, value) => {
    expect(typedDefault(parameter("x", { type, ...own }))).toEqual(value);
  });
});
