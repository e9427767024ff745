import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostic.ts";
import { countDiagnostics, formatDiagnostics } from "./format-diagnostics.ts";

const at = (line: number, column: number, length: number, more: Partial<Diagnostic> = {}): Diagnostic => ({
  severity: "error",
  code: "unknown-key",
  message: "a step has no key `inpts`",
  path: "/0/step/inpts",
  file: "valohai.yaml",
  line,
  column,
  length,
  ...more,
});

const format = (diagnostics: readonly Diagnostic[], text: string, maxLineLength?: number): readonly string[] =>
  formatDiagnostics(diagnostics, text, {
    color: false,
    ...(maxLineLength === undefined ? {} : { maxLineLength }),
  }).split("\n");

describe("diagnostics as text", () => {
  test("the line, the offending text underlined, and the hint", () => {
    expect(format([at(2, 5, 5, { hint: "did you mean `inputs`?" })], "- step:\n    inpts:\n")).toEqual([
      "valohai.yaml:2:5: error: a step has no key `inpts`",
      "  2 |     inpts:",
      "    |     ^^^^^",
      "    = did you mean `inputs`?",
    ]);
  });

  test("several follow each other", () => {
    expect(format([at(1, 1, 1), at(10, 1, 1, { severity: "warning" })], "a\n".repeat(10))).toEqual([
      "valohai.yaml:1:1: error: a step has no key `inpts`",
      "  1 | a",
      "    | ^",
      "valohai.yaml:10:1: warning: a step has no key `inpts`",
      "  10 | a",
      "     | ^",
    ]);
  });

  test.each([
    ["tabs stay below tabs", "\ta: b", 2, 1, "    | \t^"],
    ["wide characters take two columns", "日本: b", 5, 1, "    |       ^"],
    ["wide text is underlined whole", "日本: b", 1, 2, "    | ^^^^"],
    ["the end of the line", "ab", 3, 1, "    |   ^"],
  ])("%s", (_, text, column, length, underline) => {
    expect(format([at(1, column, length)], text)[2]).toBe(underline);
  });

  test("a long line is cut around the problem", () => {
    const text = `${"a".repeat(100)}HERE${"b".repeat(100)}`;
    expect(format([at(1, 101, 4)], text, 30).slice(1)).toEqual([
      `  1 | …${"a".repeat(10)}HERE${"b".repeat(16)}…`,
      `    | ${" ".repeat(11)}^^^^`,
    ]);
    expect(format([at(1, 1, 4)], text, 30)[1]).toBe(`  1 | ${"a".repeat(30)}…`);
    expect(format([at(1, 204, 1)], text, 30).slice(1)).toEqual([
      `  1 | …${"b".repeat(30)}`,
      `    | ${" ".repeat(30)}^`,
    ]);
  });

  test("a file cannot steer the terminal", () => {
    const [head, line] = format([at(1, 1, 1, { message: "bad \u001b[2J" })], "x \u001b[31m \u202e");
    expect(head).toBe("valohai.yaml:1:1: error: bad \ufffd[2J");
    expect(line).toBe("  1 | x \ufffd[31m \ufffd");
  });

  test("colours only where they are asked for", () => {
    const text = formatDiagnostics([at(1, 1, 1, { hint: "h" })], "a", { color: true });
    expect(text).toBe(
      [
        "\u001b[1mvalohai.yaml:1:1:\u001b[0m \u001b[31merror:\u001b[0m a step has no key `inpts`",
        "  \u001b[2m1 |\u001b[0m a",
        "  \u001b[2m  |\u001b[0m \u001b[31m^\u001b[0m",
        "  \u001b[2m  =\u001b[0m \u001b[36mh\u001b[0m",
      ].join("\n"),
    );
  });
});

describe("counts", () => {
  const [error, warning] = [at(1, 1, 1), at(1, 1, 1, { severity: "warning" })];
  test.each([
    [[], ""],
    [[error], "1 error"],
    [[warning, warning], "2 warnings"],
    [[error, warning, error], "2 errors, 1 warning"],
  ])("%#", (diagnostics, text) => {
    expect(countDiagnostics(diagnostics)).toBe(text);
  });
});
