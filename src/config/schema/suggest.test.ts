import { describe, expect, test } from "vitest";
import { suggest, suggestionHint } from "./suggest.ts";

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
