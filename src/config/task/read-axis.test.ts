import { describe, expect, it } from "vitest";
import type { Parameter, VariantParameter } from "../model.ts";
import { type Axis, countOf, valueAt } from "./axis.ts";
import { parseGoal } from "./goal.ts";
import { readAxis } from "./read-axis.ts";
import { readSweepText } from "./sweep-text.ts";

function parameter(change: Partial<Parameter> = {}): Parameter {
  return { name: "p", type: "float", optional: false, multiple: "none", multipleSeparator: ",", ...change };
}

function read(style: VariantParameter["style"], rules: object, of: Partial<Parameter> = {}) {
  return readAxis({ name: "p", style, rules: rules as VariantParameter["rules"] }, parameter(of));
}

function valuesOf(axis: Axis): readonly unknown[] {
  if (axis.kind === "range") return [axis.low, axis.high, axis.log, axis.whole];
  return Array.from({ length: countOf(axis) ?? 0 }, (_, index) => valueAt(axis, index));
}

describe("the rules of each style", () => {
  it.each([
    ["single", { value: 3 }, {}, [3]],
    ["single", { value: "a" }, { type: "string" }, ["a"]],
    ["multiple", { items: [1, "2", 1] }, {}, [1, 2]],
    ["multiple", { items: ["1e-3", "2"], numberify: true }, { type: "string" }, ["0.001", "2"]],
    ["linear", { start: 0, end: 0.3, step: 0.1 }, {}, [0, 0.1, 0.2, 0.3]],
    ["linear", { start: 5, end: 1, step: -2 }, { type: "integer" }, [5, 3, 1]],
    ["linear", { min: 0, max: 1, count: 3 }, {}, [0, 0.5, 1]],
    ["linear", { start: 25, end: 25, step: 1 }, {}, [25]],
    ["logspace", { start: -3, end: 0, count: 4, base: 10 }, {}, [0.001, 0.01, 0.1, 1]],
    ["logspace", { min: 0, max: 3, count: 4, base: 2 }, { type: "integer" }, [1, 2, 4, 8]],
    ["logspace", { start: -2, end: 0 }, {}, [0.01, 1, true, false]],
    ["random", { min: 1, max: 4 }, {}, [1, 4, false, false]],
    ["random", { min: 0.5, max: 4.5, integerify: true }, {}, [1, 4, false, true]],
    ["random", { min: 0.1, max: 1, distribution: "Log-Uniform" }, {}, [0.1, 1, true, false]],
  ] as const)("%s %j", (style, rules, of, values) => {
    const result = read(style, rules, of);
    expect(result.ok ? valuesOf(result.axis) : result.problems).toEqual(values);
  });

  it.each([
    ["single", {}, {}, "value", "the style `single` needs `value`"],
    ["multiple", { items: [] }, {}, "items", "`items` is empty: there is no value to run with"],
    ["multiple", { items: ["a"] }, {}, undefined, 'p: "a" is not a floating-point number'],
    ["multiple", { items: [9] }, { max: 5 }, undefined, "p: 9 is greater than the maximum allowed (5)"],
    ["linear", { start: 0, end: 1 }, {}, "step", "the style `linear` needs `step`, or `count`"],
    ["linear", { start: 0, end: 1, step: 0 }, {}, "step", "`step` is 0"],
    ["linear", { start: 0, end: 1, step: 0.5, count: 7 }, {}, "count", "`step` makes 3 values and `count` asks for 7"],
    ["linear", { start: 0, min: 1, end: 2, step: 1 }, {}, "min", "`start` is 0 and `min`, which says the same, is 1"],
    ["linear", { end: 2, step: 1 }, {}, "start", "`start` is missing"],
    [
      "logspace",
      { start: 0, end: 999, count: 2 },
      {},
      "end",
      "10 to the power of 999 is no number here: `start` and `end` are exponents",
    ],
    ["logspace", { start: 0, end: 1, base: 1 }, {}, "base", "`base` has to be above 0, and not 1"],
    ["random", { min: 4, max: 1 }, {}, "min", "`min` 4 is above `max` 1"],
    [
      "random",
      { min: 0, max: 1, distribution: "log-uniform" },
      {},
      "min",
      "a log-uniform distribution needs a `min` above 0",
    ],
    ["random", { min: 0.2, max: 0.8 }, { type: "integer" }, "max", "there is no whole number between 0.2 and 0.8"],
    [
      "random",
      { min: 0, max: 1, distribution: "normal" },
      {},
      "distribution",
      "`distribution` is uniform or log-uniform, not `normal`",
    ],
    ["random", { min: 0, max: 1, count: 0.5 }, {}, "count", "`count` has to be a whole number above 0, not 0.5"],
  ] as const)("%s %j is refused", (style, rules, of, key, message) => {
    const result = read(style, rules, of);
    expect(result).toMatchObject({ ok: false, problems: [{ ...(key === undefined ? {} : { key }), message }] });
  });

  it("counts a thousand million values without listing them", () => {
    const result = read("linear", { start: 0, end: 1e9, step: 1 }, { type: "integer" });
    expect(result.ok && countOf(result.axis)).toBe(1_000_000_001);
  });
});

describe("what is typed for a sweep", () => {
  it.each([
    ["2,4,8", {}, { style: "multiple", rules: { items: ["2", "4", "8"] } }],
    ["1e-4..1e-1:log", {}, { style: "random", rules: { min: 1e-4, max: 0.1, distribution: "log-uniform" } }],
    ["0.1..0.9", {}, { style: "random", rules: { min: 0.1, max: 0.9 } }],
    ["1..9", { type: "integer" }, { style: "linear", rules: { start: 1, end: 9, step: 1 } }],
    ["-1..1:0.5", {}, { style: "linear", rules: { start: -1, end: 1, step: 0.5 } }],
    ["../a,../b", { type: "string" }, { style: "multiple", rules: { items: ["../a", "../b"] } }],
  ] as const)("%s", (text, of, variant) => {
    expect(readSweepText("p", text, parameter(of))).toEqual({ ok: true, variant: { name: "p", ...variant } });
  });

  it.each([
    ["1..", '"1.." is no range: write `LOW..HIGH`, `LOW..HIGH:log` or `LOW..HIGH:STEP`'],
    ["1..9:lin", '"1..9:lin" is no range: write `LOW..HIGH`, `LOW..HIGH:log` or `LOW..HIGH:STEP`'],
    ["1,,2", '"1,,2" has an empty value: write `a,b,c` or `LOW..HIGH`'],
    ["", '"" has an empty value: write `a,b,c` or `LOW..HIGH`'],
  ])("%j is refused", (text, message) => {
    expect(readSweepText("p", text, parameter())).toEqual({ ok: false, message });
  });
});

it.each([
  ["max:auc", { metric: "auc", direction: "max" }],
  ["minimise: val.loss", { metric: "val.loss", direction: "min" }],
])("reads the goal %s", (text, goal) => {
  expect(parseGoal(text)).toEqual({ ok: true, goal });
});

it.each(["auc", "max:", "most:auc"])("refuses the goal %s", (text) => {
  expect(parseGoal(text)).toEqual({
    ok: false,
    message: `a goal is \`max:METRIC\` or \`min:METRIC\`, not \`${text}\``,
  });
});
