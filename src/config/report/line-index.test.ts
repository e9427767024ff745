import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { characters, LineIndex } from "./line-index.ts";

describe("places for people", () => {
  const index = new LineIndex("one\ntwö 😀 x\r\n\nlast");
  test.each([
    [0, 3, 1, 1, 3],
    [2, 1, 1, 3, 1],
    [3, 1, 1, 4, 1],
    [4, 3, 2, 1, 3],
    [8, 2, 2, 5, 1],
    [11, 1, 2, 7, 1],
    [14, 1, 3, 1, 1],
    [15, 4, 4, 1, 4],
    [15, 99, 4, 1, 4],
    [99, 1, 4, 5, 1],
    [-5, 1, 1, 1, 1],
  ])("offset %i, length %i is line %i, column %i, length %i", (offset, length, line, column, shown) => {
    expect(index.position(offset, length)).toEqual({ line, column, length: shown });
  });

  test("only the first line of a longer stretch counts, without white space behind it", () => {
    expect(new LineIndex("key:   \n  a: 1\n").position(0, 14)).toEqual({ line: 1, column: 1, length: 4 });
  });

  test.each([
    [1, "one"],
    [2, "twö 😀 x"],
    [3, ""],
    [4, "last"],
    [9, ""],
  ])("line %i is %j", (line, text) => {
    expect(index.lineText(line)).toBe(text);
  });

  test("every offset leads to the line that a count of line breaks finds", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "\n", "ä", "😀") }), fc.nat(), (text, seed) => {
        const offset = text === "" ? 0 : seed % text.length;
        const before = text.slice(0, offset);
        const { line, column } = new LineIndex(text).position(offset, 1);
        expect(line).toBe(before.split("\n").length);
        expect(column).toBe(characters(before.slice(before.lastIndexOf("\n") + 1)) + 1);
      }),
    );
  });

  test("a character outside the basic plane counts once", () => {
    expect(characters("a😀ä")).toBe(3);
  });
});
