import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "./expression.ts";
import { parseExpression } from "./parse.ts";

/** The tree as text, fully parenthesised. */
function show(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return JSON.stringify(expression.value);
    case "name":
      return expression.name;
    case "unary":
      return `(${expression.operator} ${show(expression.operand)})`;
    case "call":
      return `${expression.name}(${expression.args.map(show).join(", ")})`;
    default:
      return `(${show(expression.left)} ${expression.operator} ${show(expression.right)})`;
  }
}

function parsed(text: string): string {
  const result = parseExpression(text);
  return result.ok ? show(result.expression) : `${result.offset}: ${result.message}`;
}

describe("how operators bind", () => {
  test.each([
    ["1 + 2 * 3", "(1 + (2 * 3))"],
    ["(1 + 2) * 3", "((1 + 2) * 3)"],
    ["1 - 2 - 3", "((1 - 2) - 3)"],
    ["8 / 4 // 2 % 3", "(((8 / 4) // 2) % 3)"],
    ["2 ** 3 ** 2", "(2 ** (3 ** 2))"],
    ["-2 ** 2", "(- (2 ** 2))"],
    ["2 ** -1", "(2 ** (- 1))"],
    ["-a * b", "((- a) * b)"],
    ["- -1", "(- (- 1))"],
    ["+1", "(+ 1)"],
    ["a < b + 1", "(a < (b + 1))"],
    ["not a == b", "(not (a == b))"],
    ["not not a", "(not (not a))"],
    ["not a and b", "((not a) and b)"],
    ["a and b or c and d", "((a and b) or (c and d))"],
    ["a or b and c", "(a or (b and c))"],
    ["a == (not b)", "(a == (not b))"],
    ["(a < b) == c", "((a < b) == c)"],
    ["a not in b", "(a not in b)"],
    ["a is not None", "(a is not null)"],
    ["a is b and c in d", "((a is b) and (c in d))"],
    ["a\n and\tb", "(a and b)"],
  ])("%s is %s", (text, tree) => {
    expect(parsed(text)).toBe(tree);
  });
});

describe("literals and names", () => {
  test.each([
    ["1", "1"],
    ["1_000.5e-1", "100.05"],
    [".5", "0.5"],
    ["5.", "5"],
    ["'a'", '"a"'],
    ['"it\'s"', '"it\'s"'],
    [String.raw`'it\'s \n\t\\ \x41\u00e9 \q'`, '"it\'s \\n\\t\\\\ Aé \\\\q"'],
    ["True", "true"],
    ["false", "false"],
    ["None", "null"],
    ["null", "null"],
    ["metadata.accuracy", "metadata.accuracy"],
    ["a . b .c", "a.b.c"],
    ["größe_2", "größe_2"],
    ["metadata.class", "metadata.class"],
    ["metadata.and.in", "metadata.and.in"],
    ["class", "class"],
    ["True.x", "True.x"],
    ["min(1, 2, )", "min(1, 2)"],
    ["str()", "str()"],
    ["max(1, (2), -3)", "max(1, 2, (- 3))"],
  ])("%s is %s", (text, tree) => {
    expect(parsed(text)).toBe(tree);
  });
});

describe("what is refused, and where", () => {
  test.each([
    ["", "0: the expression is empty"],
    ["   ", "0: the expression is empty"],
    ["1 +", "3: the expression ends too early"],
    ["(1", "0: the parenthesis is never closed"],
    ["abs(1", "3: the parenthesis is never closed"],
    ["1)", '1: unexpected ")"'],
    ["1 2", '2: unexpected "2"'],
    ["a b", '2: unexpected "b"'],
    ["a not b", '2: unexpected "not"'],
    ["* 2", '0: unexpected "*"'],
    ["and", '0: unexpected "and"'],
    ["a == not b", "5: put parentheses around the `not` here"],
    ["1 < 2 < 3", "6: comparisons cannot be chained; join them with `and`"],
    ["a == b in c", "7: comparisons cannot be chained; join them with `and`"],
    ["[1, 2]", "0: lists and subscripts are not allowed"],
    ["a[0]", "1: lists and subscripts are not allowed"],
    ["{1}", "0: dictionaries and sets are not allowed"],
    ["(1, 2)", "2: tuples are not allowed"],
    ["()", "0: tuples are not allowed"],
    ["a = 1", "2: assignment is not allowed; compare with =="],
    ["a && b", "2: & is not an operator here; write `and`"],
    ["a || b", "2: | is not an operator here; write `or`"],
    ["!a", "0: ! is not an operator here; write `not`"],
    ["a # note", "2: comments are not allowed"],
    ["a if b else c", "2: conditional expressions are not allowed"],
    ["x for x", "2: comprehensions are not allowed"],
    ["lambda: 1", "0: functions cannot be defined here"],
    ["name.upper()", "0: methods cannot be called: name.upper()"],
    ["'a'.upper()", "3: values have no attributes or methods here"],
    ["(a).b", "3: values have no attributes or methods here"],
    ["abs(1)(2)", "6: only named functions can be called"],
    ["(abs)(1)", "5: only named functions can be called"],
    ["eval('1')", "0: unknown function eval(); known are abs, bool, float, int, len, max, min, pow, round, str"],
    [
      "constructor()",
      "0: unknown function constructor(); known are abs, bool, float, int, len, max, min, pow, round, str",
    ],
    ["a.", '2: a name must follow "a."'],
    ["a.1", '1: unexpected ".1"'],
    ["'abc", "0: the text has no closing quote"],
    ["'a\nb'", "0: the text has no closing quote"],
    ["'a' 'b'", "4: an operator is missing between two texts"],
    ["1abc", "0: 1abc is neither a number nor a name"],
    ["0x1f", "0: 0x1f is neither a number nor a name"],
    ["1e999", "0: the number is too large"],
    ["a ? b", '2: unexpected character "?"'],
    ["😀", '0: unexpected character "😀"'],
    ["abs(1 2)", '6: unexpected "2"'],
    ["abs(,)", '4: unexpected ","'],
  ])("%j → %s", (text, problem) => {
    expect(parsed(text)).toBe(problem);
  });

  test("texts that are too long or too deep", () => {
    expect(parsed("1".repeat(4001))).toBe("4000: the expression is longer than 4000 characters");
    expect(parsed(`${"(".repeat(64)}1`)).toBe("64: the expression is nested more than 64 deep");
    expect(parsed(`${"-".repeat(100)}1`)).toBe("64: the expression is nested more than 64 deep");
    expect(parsed(Array.from({ length: 65 }, () => "1").join("+"))).toBe(
      "127: the expression is nested more than 64 deep",
    );
    expect(parsed(Array.from({ length: 64 }, () => "1").join("+"))).toMatch(/^\(+1 \+ 1\)/);
  });
});

test("never throws, and every problem has its place in the text", () => {
  const piece = fc.constantFrom(
    "(",
    ")",
    "and",
    "or",
    "not",
    "in",
    "is",
    " ",
    "1",
    "2.5",
    "a.b",
    "'x'",
    "**",
    "//",
    "<",
    "==",
    ",",
    "abs",
    "[",
    "-",
    ".",
    "\\",
    '"',
    "é",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join("")),
    fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join(" ")),
  );
  fc.assert(
    fc.property(text, (source) => {
      const result = parseExpression(source);
      if (result.ok) return;
      expect(result.message).not.toBe("");
      expect(result.offset).toBeGreaterThanOrEqual(0);
      expect(result.offset).toBeLessThanOrEqual(source.length);
    }),
    { numRuns: 2000 },
  );
});

test("a tree printed with all its parentheses reads back as itself", () => {
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("1", "a.b", "'x'", "True", "None"),
      fc
        .tuple(
          tie("tree"),
          fc.constantFrom("+", "-", "*", "/", "//", "%", "**", "==", "<", "and", "or", "in", "is not"),
          tie("tree"),
        )
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      tie("tree").map((operand) => `(not ${operand})`),
      fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `max(${a}, ${b})`),
    ),
  }));
  fc.assert(
    fc.property(tree, (text) => {
      fc.pre(text.length < 1500);
      const first = parseExpression(text);
      fc.pre(first.ok);
      if (first.ok) expect(parsed(show(first.expression))).toBe(show(first.expression));
    }),
  );
});
