import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EvaluationResult, evaluate } from "./evaluate.ts";
import type { ExpressionValue } from "./expression.ts";
import type { Names } from "./names.ts";
import { parseExpression } from "./parse.ts";

function run(text: string, names: Names = {}): EvaluationResult {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
  return evaluate(parsed.expression, names);
}

function compute(text: string, names: Names = {}): ExpressionValue {
  const result = run(text, names);
  if (!result.ok) throw new Error(`${text}: ${result.message}`);
  return result.value;
}

function problemOf(text: string, names: Names = {}): string {
  const result = run(text, names);
  return result.ok ? `no problem: ${result.value}` : `${result.offset}: ${result.message}`;
}

// The expected values were computed by CPython 3.
describe("arithmetic as in Python", () => {
  test.each<[string, ExpressionValue]>([
    ["7 / 2", 3.5],
    ["7 // 2", 3],
    ["-7 // 2", -4],
    ["7 // -2", -4],
    ["1 // 0.1", 9],
    ["-7 % 3", 2],
    ["7 % -3", -2],
    ["-7.5 % 2", 0.5],
    ["2 ** 10", 1024],
    ["2 ** -1", 0.5],
    ["-2 ** 2", -4],
    ["(-8) ** 3", -512],
    ["0 ** 0", 1],
    ["1 ** float('nan')", 1],
    ["(-1) ** float('inf')", 1],
    ["5 // float('inf')", 0],
    ["-5 // float('inf')", -1],
    ["True + True", 2],
    ["-True", -1],
    ["0.1 + 0.2", 0.30000000000000004],
    ["'a' + 'b'", "ab"],
    ["'ab' * 3", "ababab"],
    ["3 * 'ab'", "ababab"],
    ["'ab' * -1", ""],
  ])("%s is %j", (text, value) => {
    expect(compute(text)).toBe(value);
  });
});

describe("comparisons and logic as in Python", () => {
  test.each<[string, ExpressionValue]>([
    ["1 == 1.0", true],
    ["1 == True", true],
    ["1 is True", false],
    ["1 == '1'", false],
    ["None == False", false],
    ["None is None", true],
    ["1 != '1'", true],
    ["'Z' < 'a'", true],
    ["'abc' < 'abd'", true],
    ["'ab' < 'abc'", true],
    ["'a' <= 'a'", true],
    ["'\uffee' < '😀'", true],
    ["float('nan') == float('nan')", false],
    ["float('nan') < 1", false],
    ["float('nan') >= 1", false],
    ["float('inf') >= float('inf')", true],
    ["'b' in 'abc'", true],
    ["'' in ''", true],
    ["'x' not in 'abc'", true],
    ["0 or 'x'", "x"],
    ["2 and 3", 3],
    ["'' and 3", ""],
    ["None or 0", 0],
    ["not ''", true],
    ["not 'False'", false],
    ["not -0.0", true],
    ["False and 1 / 0", false],
    ["True or missing", true],
  ])("%s is %j", (text, value) => {
    expect(compute(text)).toBe(value);
  });
});

describe("functions", () => {
  test.each<[string, ExpressionValue]>([
    ["abs(-3.5)", 3.5],
    ["abs(True)", 1],
    ["min(3, 1, 2)", 1],
    ["max('a', 'c', 'b')", "c"],
    ["max(1, True)", 1],
    ["len('é😀')", 2],
    ["int(3.9)", 3],
    ["int(-3.9)", -3],
    ["int(' 1_0 ')", 10],
    ["int()", 0],
    ["float('1e-3')", 0.001],
    ["float(True)", 1],
    ["float()", 0],
    ["float('-Infinity')", Number.NEGATIVE_INFINITY],
    ["bool('')", false],
    ["bool('no')", true],
    ["bool()", false],
    ["str(None)", "None"],
    ["str(True) + str(1.5) + str()", "True1.5"],
    ["str(float('inf')) + str(float('nan'))", "infnan"],
    ["pow(2, 3)", 8],
    ["round(2.5)", 2],
    ["round(3.5)", 4],
    ["round(-2.5)", -2],
    ["round(2.4)", 2],
    ["round(0.125, 2)", 0.12],
    ["round(0.375, 2)", 0.38],
    ["round(2.675, 2)", 2.67],
    ["round(1250, -2)", 1200],
    ["round(1350, -2)", 1400],
    ["round(1.5, None)", 2],
    ["round(1e300, 2)", 1e300],
    ["round(0.1, 90)", 0.1],
    ["round(5, -400)", 0],
    ["round(float('inf'), 2)", Number.POSITIVE_INFINITY],
  ])("%s is %j", (text, value) => {
    expect(compute(text)).toBe(value);
  });
});

describe("names", () => {
  const names = {
    accuracy: 0.9,
    "metadata.whole": 1,
    metadata: {
      accuracy: 0.95,
      "val.loss": 0.1,
      nested: { deep: "x" },
      whole: 2,
      list: [1],
      nothing: null,
      unset: undefined,
    },
  };
  test.each<[string, ExpressionValue]>([
    ["accuracy", 0.9],
    ["metadata.accuracy > accuracy", true],
    ["metadata.val.loss", 0.1],
    ["metadata.nested.deep", "x"],
    ["metadata.whole", 1],
    ["metadata.nothing is None", true],
  ])("%s is %j", (text, value) => {
    expect(compute(text, names)).toBe(value);
  });

  test.each([
    ["loss", "0: loss has no value", "loss"],
    ["1 + metadata.loss", "4: metadata.loss has no value", "metadata.loss"],
    ["metadata.unset", "0: metadata.unset has no value", "metadata.unset"],
    ["metadata.accuracy.x", "0: metadata.accuracy.x has no value", "metadata.accuracy.x"],
  ])("%s has no value", (text, problem, missingName) => {
    expect(problemOf(text, names)).toBe(problem);
    expect(run(text, names)).toMatchObject({ ok: false, missingName });
  });

  test.each([
    ["metadata.list", "0: metadata.list is a list; expressions work on single values"],
    ["metadata == 1", "0: metadata is a record; expressions work on single values"],
  ])("%s is no single value", (text, problem) => {
    expect(problemOf(text, names)).toBe(problem);
    expect(run(text, names)).not.toHaveProperty("missingName");
  });

  test.each([
    "constructor",
    "__proto__",
    "toString",
    "metadata.constructor",
    "metadata.__proto__.polluted",
    "metadata.list.length",
    "text.length",
    "fn.name",
    "hasOwnProperty.call",
  ])("%s reaches nothing of JavaScript", (text) => {
    const result = run(text, { ...names, text: "abc", fn: () => 1 });
    expect(result).toMatchObject({ ok: false, missingName: text });
  });

  test("accessors are not called and functions are no values", () => {
    const trap = Object.defineProperty({}, "x", {
      get: () => {
        throw new Error("called");
      },
      enumerable: true,
    });
    expect(problemOf("x", trap)).toBe("0: x has no value");
    expect(problemOf("fn", { fn: () => 1 })).toBe("0: fn is no single value; expressions work on single values");
    expect(problemOf("big", { big: 10n })).toBe("0: big is no single value; expressions work on single values");
  });

  test("a name that is an own key works even if JavaScript has one like it", () => {
    expect(compute("metadata.constructor", { metadata: JSON.parse('{"constructor": 5, "__proto__": 6}') })).toBe(5);
    expect(compute("metadata.__proto__", { metadata: JSON.parse('{"__proto__": 6}') })).toBe(6);
  });
});

describe("what cannot be evaluated", () => {
  test.each([
    ["1 / 0", "2: division by zero"],
    ["1 // 0.0", "2: division by zero"],
    ["1 % False", "2: division by zero"],
    ["0 ** -1", "2: 0 cannot be raised to a negative power"],
    ["(-8) ** 0.5", "5: a negative number has no real power with a fraction"],
    ["10 ** 400", "3: the result of ** is too large"],
    ["1 + 'a'", "2: + does not work on a number and a text"],
    ["'a' - 'b'", "4: - does not work on a text and a text"],
    ["'a' % 1", "4: % does not work on a text and a number"],
    ["None + 1", "5: + does not work on None and a number"],
    ["-'a'", "0: - needs a number, not a text"],
    ["None < 1", "5: None and a number have no order (<)"],
    ["'a' >= 1", "4: a text and a number have no order (>=)"],
    ["1 in 'a'", "2: `in` looks for a text in a text, not for a number in a text"],
    ["'a' * 100000", "4: the text would be longer than 10000 characters"],
    ["('a' * 9999) + 'bb'", "13: the text would be longer than 10000 characters"],
    ["'a' * 1.5", "4: a text can be repeated only a whole number of times"],
    ["abs('a')", "0: abs() needs a number, not a text"],
    ["abs()", "0: abs() takes 1 value, not 0"],
    ["abs(1, 2)", "0: abs() takes 1 value, not 2"],
    ["min(1)", "0: min() takes at least 2 values, not 1"],
    ["round(1, 2, 3)", "0: round() takes 1 to 2 values, not 3"],
    ["round(1.5, 0.5)", "0: round() needs a whole number of digits"],
    ["round(float('nan'))", "0: round() cannot make nan an integer"],
    ["len(5)", "0: len() needs a text, not a number"],
    ["int('1.5')", '0: int() cannot read "1.5"'],
    ["int(None)", "0: int() cannot read None"],
    ["int(float('inf'))", "0: int() cannot read inf"],
    ["float('abc')", '0: float() cannot read "abc"'],
    ["max(1, 'a')", "0: max() cannot order a text and a number"],
  ])("%s → %s", (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });
});

describe("properties", () => {
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      fc.oneof(
        fc.constantFrom(
          "0",
          "1",
          "2.5",
          "1e308",
          "True",
          "None",
          "''",
          "'ab'",
          "x",
          "a.b",
          "constructor",
          "float('nan')",
        ),
        fc.integer({ min: 0, max: 1000 }).map(String),
      ),
      fc
        .tuple(
          tie("tree"),
          fc.constantFrom("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", "and", "or", "in", "is"),
          tie("tree"),
        )
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      fc.tuple(fc.constantFrom("not ", "-", "+"), tie("tree")).map(([operator, operand]) => `(${operator}${operand})`),
      fc
        .tuple(fc.constantFrom("abs", "int", "float", "len", "bool", "str", "round"), tie("tree"))
        .map(([name, argument]) => `${name}(${argument})`),
      fc
        .tuple(fc.constantFrom("min", "max", "pow", "round"), tie("tree"), tie("tree"))
        .map(([name, a, b]) => `${name}(${a}, ${b})`),
    ),
  }));

  test("never throws, and every value is a bounded scalar", () => {
    fc.assert(
      fc.property(
        tree,
        fc.dictionary(fc.constantFrom("x", "a", "a.b", "constructor"), fc.anything()),
        (text, names) => {
          const parsed = parseExpression(text);
          if (!parsed.ok) return;
          const result = evaluate(parsed.expression, names);
          if (!result.ok) {
            expect(result.message).not.toBe("");
            return;
          }
          expect(result.value === null || ["string", "number", "boolean"].includes(typeof result.value)).toBe(true);
          if (typeof result.value === "string" && !Object.values(names).includes(result.value))
            expect(result.value.length).toBeLessThanOrEqual(10_000);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("floor division and modulo belong together", () => {
    const number = fc.integer({ min: -10_000, max: 10_000 });
    fc.assert(
      fc.property(
        number,
        number.filter((value) => value !== 0),
        (a, b) => {
          expect(compute("x // y * y + x % y == x", { x: a, y: b })).toBe(true);
          expect(compute("x % y * y >= 0", { x: a, y: b })).toBe(true);
        },
      ),
    );
  });
});
