// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the strings are source code.
import { expect, test } from "vitest";
import { literalsOf } from "./literals.ts";

test("says a template without the code of its inserts", () => {
  expect(literalsOf('`a ${b ? "c" : ""} d`').map(({ said }) => said)).toEqual(["a ${} d", "c", ""]);
});

test.each([
  ["a = \"b\" + 'c'", ["b", "c"]],
  ['`a ${b ? "c" : `d ${"e"}`} f`', ['a ${b ? "c" : `d ${"e"}`} f', "c", 'd ${"e"}', "e"]],
  ['`a ${{ b: "}" }.b} c` + "d"', ['a ${{ b: "}" }.b} c', "}", "d"]],
  ['"a\\"b"', ['a\\"b']],
  ['// "a"\n"b" /* "c" */', ["b"]],
  ['x.replace(/["`/]+/g, "a"); return /"/.test("b")', ["a", "b"]],
  ['const a = b / c; "d" + e / f', ["d"]],
  ['"https://a" // "b"', ["https://a"]],
])("of %s", (text, expected) => {
  expect(literalsOf(text).map((literal) => literal.text)).toEqual(expected);
});
