import { describe, expect, it } from "vitest";
import { makeStyle, wantsColour } from "./style.ts";

describe("wantsColour", () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
    [true, { TERM: "dumb" }, false],
  ])("terminal %j with %j: %j", (isTTY, env, expected) => {
    expect(wantsColour({ isTTY }, env)).toBe(expected);
  });
});

describe("makeStyle", () => {
  it("paints or leaves alone", () => {
    expect(makeStyle(true).bold("x")).toBe("\u001b[1mx\u001b[22m");
    expect(makeStyle(true).bold("")).toBe("");
    expect(makeStyle(false).bold("x")).toBe("x");
  });
});
