import { describe, expect, it } from "vitest";
import { SANDBOX_CHOICES } from "../../services/index.ts";
import { oneOf, SANDBOXES, wholeNumber } from "./values.ts";

describe("wholeNumber", () => {
  it("reads digits", () => {
    expect(wholeNumber("--jobs", 1)("12")).toBe(12);
  });

  it.each(["0", "-1", "1.5", "1e3", "many", "", " 1", "9007199254740993"])("refuses %j", (text) => {
    expect(() => wholeNumber("--jobs", 1)(text)).toThrow(
      expect.objectContaining({
        code: "HR_USAGE",
        message: `--jobs ${JSON.stringify(text)} is no whole number from 1 up`,
        hint: "write for example --jobs 10",
      }),
    );
  });
});

describe("oneOf", () => {
  const parse = oneOf("--format", ["text", "mermaid"]);

  it("takes the words in any case", () => {
    expect(parse("Mermaid")).toBe("mermaid");
  });

  it.each([
    ["mermade", "did you mean mermaid?"],
    ["pdf", "it is one of text, mermaid"],
  ])("refuses %j", (text, hint) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ message: `--format ${JSON.stringify(text)} is not known`, hint }),
    );
  });
});

describe("the sandbox's words", () => {
  it("are those of the services", () => {
    expect(SANDBOXES).toEqual(SANDBOX_CHOICES);
  });
});
