import { describe, expect, it } from "vitest";
import { graceMs } from "./grace.ts";

describe("graceMs", () => {
  it.each([
    [undefined, 10_000],
    ["", 10_000],
    [" ", 10_000],
    ["soon", 10_000],
    ["-1", 10_000],
    ["Infinity", 10_000],
    ["0", 0],
    ["2.5", 2500],
    ["600", 600_000],
  ])("of HEADRACE_GRACE_S=%j is %d", (text, expected) => {
    expect(graceMs(text === undefined ? {} : { HEADRACE_GRACE_S: text })).toBe(expected);
  });
});
