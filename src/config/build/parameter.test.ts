import { describe, expect, test } from "vitest";
import { configOfText, lintLines, stepWith } from "../testing/lint-lines.ts";

const parameter = (keys: string) =>
  configOfText(stepWith(`parameters: [{name: p${keys === "" ? "" : `, ${keys}`}}]`)).steps[0]?.parameters[0];
const lines = (keys: string) => lintLines(stepWith(`parameters: [{name: p, ${keys}}]`));

describe("a parameter (2.3)", () => {
  test("has defaults", () => {
    expect(parameter("")).toEqual({
      name: "p",
      type: "string",
      optional: false,
      multiple: "none",
      multipleSeparator: ",",
    });
  });

  test.each([
    [
      "type: integer, default: 3, min: 1, max: 5.5, choices: [3, 4]",
      { type: "integer", default: 3, min: 1, max: 5.5, choices: [3, 4] },
    ],
    ["type: float, default: 1.5e-3", { default: 0.0015 }],
    ["default: ~", {}],
    ["choices: []", {}],
    ["optional: yes, description: d, category: c", { optional: true, description: "d", category: "c" }],
    ["multiple: repeat, default: one", { multiple: "repeat", default: ["one"] }],
    [
      "multiple: separate, multiple-separator: ';', default: [a, b]",
      { multiple: "separate", multipleSeparator: ";", default: ["a", "b"] },
    ],
    ["multiple: separate, multiple-separator: ''", { multipleSeparator: "," }],
    ["pass-as: '-p {v}'", { passAs: "-p {v}" }],
    [
      "type: flag, default: true, pass-true-as: -y, pass-false-as: -n",
      { type: "flag", optional: true, default: true, passTrueAs: "-y", passFalseAs: "-n" },
    ],
    ["type: flag, multiple: none", { type: "flag" }],
    ["widget: SQL", { widget: { type: "sql", settings: {} } }],
    [
      "widget: {type: DatumAlias, settings: {a: [1]}, more: 1}",
      { widget: { type: "datumalias", settings: { a: [1] } } },
    ],
    ["type: float, default: .inf", { default: "inf" }],
  ])("%s", (keys, expected) => {
    expect(parameter(keys)).toMatchObject(expected);
  });

  test("what has no effect is dropped", () => {
    expect(parameter("type: flag, choices: [1]")).not.toHaveProperty("choices");
    expect(parameter("pass-true-as: x")).not.toHaveProperty("passTrueAs");
    expect(parameter("default: ~")).not.toHaveProperty("default");
  });

  test.each([
    ["type: int", "5:34 error wrong-value: `type` has to be one of string, integer, float, flag, not `int`"],
    [
      "type: strng",
      "5:34 error wrong-value: `type` has to be one of string, integer, float, flag, not `strng` (did you mean `string`?)",
    ],
    ["min: low", "5:33 error wrong-type: `min` has to be a number, not text"],
    ["choices: a", "5:37 error wrong-type: `choices` has to be a list, not text"],
    ["multiple: yes", "5:38 error wrong-type: `multiple` has to be `none`, `repeat`, `separate`, not a boolean"],
    [
      "type: flag, multiple: repeat",
      "5:50 error flag-with-multiple: the flag `p` cannot be `multiple`; remove the key or choose another type",
    ],
    ["widget: {settings: {}}", "5:28 error missing-key: a mapping needs `type`"],
    ["defualt: 1", "5:28 error unknown-key: a parameter has no key `defualt` (did you mean `default`?)"],
    [
      "type: flag, optional: true",
      "5:40 warning no-effect: `optional` has no effect on a flag, which is always optional",
    ],
    [
      "type: flag, pass-as: a, pass-true-as: b",
      "5:40 warning no-effect: `pass-as` has no effect beside `pass-true-as` and `pass-false-as`",
    ],
    ["pass-true-as: b", "5:28 warning no-effect: `pass-true-as` has no effect on a parameter that is no flag"],
    ["pass-false-as: b", "5:28 warning no-effect: `pass-false-as` has no effect on a parameter that is no flag"],
    [
      "default: 2024-01-31",
      "5:37 warning default-not-valid: the default of `p` is a date and not text; put it in quotes",
    ],
    ["default: 5", "5:37 warning default-not-valid: the default of `p` does not fit: 5 is not text; put it in quotes"],
    [
      "default: yes",
      "5:37 warning default-not-valid: the default of `p` does not fit: True is not text; put it in quotes",
    ],
    [
      "default: {a: 1}",
      "5:37 warning default-not-valid: the default of `p` has to be one value or a list of values; this one is ignored",
    ],
    [
      "default: [[a]]",
      "5:37 warning default-not-valid: the default of `p` has to be one value or a list of values; this one is ignored",
    ],
    ["choices: [a, no]", "5:41 warning unusual-value: the choice False of `p` is not text; put it in quotes"],
    ["choices: [[a]]", "5:37 warning unusual-value: lists and mappings cannot be chosen; these choices are ignored"],
    [
      "type: integer, default: zoom",
      '5:52 warning default-not-valid: the default of `p` does not fit: "zoom" is not an integer',
    ],
    [
      "type: integer, default: 9, max: 5",
      "5:52 warning default-not-valid: the default of `p` does not fit: 9 is greater than the maximum allowed (5)",
    ],
  ])("%s", (keys, line) => {
    expect(lines(keys)).toEqual([line]);
  });

  test("a default outside the parameter's own choices is a warning", () => {
    expect(lines("default: c, choices: [a, b]")).toEqual([
      '5:37 warning default-not-valid: the default of `p` does not fit: "c" is not among the choices "a", "b"',
    ]);
  });

  test.each([
    [
      "default: no",
      "5:37 warning default-not-valid: the default of `p` does not fit: False is not text; put it in quotes",
    ],
    ["default: 0", "5:37 warning default-not-valid: the default of `p` does not fit: 0 is not text; put it in quotes"],
    [
      "type: integer, default: 0, min: 1",
      "5:52 warning default-not-valid: the default of `p` does not fit: 0 is less than the minimum allowed (1)",
    ],
    [
      'type: flag, default: "no"',
      '5:49 warning default-not-valid: the default of `p` does not fit: the text "no" is no boolean; it is taken as `false`',
    ],
    [
      "type: flag, default: 1",
      "5:49 warning default-not-valid: the default of `p` does not fit: 1 is no boolean; it is taken as `true`",
    ],
    [
      "type: flag, default: perhaps",
      '5:49 warning default-not-valid: the default of `p` does not fit: "perhaps" is neither true nor false',
    ],
  ])("what Valohai passes over or takes otherwise: %s", (keys, line) => {
    expect(lines(keys)).toEqual([line]);
  });

  test.each([
    'default: ""',
    'type: integer, default: ""',
    "type: flag, default: no",
    "type: float, default: '1e-5'",
    "choices: [1, 2]",
    "type: float, default: 1e-5",
  ])("fits: %s", (keys) => expect(lines(keys)).toEqual([]));

  test("of two parameters with one name the later counts", () => {
    const text = stepWith("parameters: [{name: p, default: a}, {name: q}, {name: p, default: b}]");
    expect(lintLines(text)).toEqual([
      "5:59 warning duplicate-name: there are two parameters with the name `p`; this later one counts",
    ]);
    expect(configOfText(text).steps[0]?.parameters.map(({ name, default: value }) => [name, value])).toEqual([
      ["p", "b"],
      ["q", undefined],
    ]);
  });
});
