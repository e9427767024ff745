import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { damerauLevenshtein, suggest, suggestionHint } from "./suggest.ts";

describe("the distance of two words", () => {
  test.each([
    ["", "", 0],
    ["", "abc", 3],
    ["input", "inputs", 1],
    ["inptus", "inputs", 1],
    ["inpts", "inputs", 1],
    ["image", "name", 3],
    ["abc", "cba", 2],
  ])("%j %j %i", (a, b, distance) => {
    expect(damerauLevenshtein(a, b)).toBe(distance);
  });

  test("is symmetric, zero only for equal words, and at most the longer length", () => {
    const word = fc.string({ unit: fc.constantFrom(..."abc-"), maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = damerauLevenshtein(a, b);
        expect(damerauLevenshtein(b, a)).toBe(distance);
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

describe("what a misspelt word means", () => {
  const known = ["name", "image", "command", "environment", "environment-variables", "inputs", "outputs"];
  test.each([
    ["comand", "command"],
    ["enviroment-variables", "environment-variables"],
    ["environmentVariables", "environment-variables"],
    ["environment_variables", "environment-variables"],
    ["Image", "image"],
    ["input", "inputs"],
    ["output", "outputs"],
    ["x", undefined],
    ["somethingelse", undefined],
    ["", undefined],
  ])("%j → %j", (word, meant) => {
    expect(suggest(word, known)).toBe(meant);
  });

  test.each([
    ["comand", "did you mean `command`?"],
    ["zzz", "keys: name, image, command, environment, environment-variables, inputs, outputs"],
  ])("hint for %j", (word, hint) => {
    expect(suggestionHint(word, known, "keys")).toBe(hint);
  });

  test("no hint where there is nothing to say", () => {
    expect(suggestionHint("zzz", known)).toBeUndefined();
    expect(suggestionHint("zzz", [], "keys")).toBeUndefined();
    expect(
      suggestionHint(
        "zzz",
        Array.from({ length: 31 }, (_, index) => `known-${index}`),
        "keys",
      ),
    ).toBeUndefined();
  });
});
