import { describe, expect, it } from "vitest";
import { reasonHead, reasonRest, wrapReason } from "./reason.ts";

const REASON = "the build failed\n  ERROR: no such\tversion\nhint: check the names";

describe("a reason of several lines", () => {
  it("is its first line where there is room for one", () => {
    expect(reasonHead(REASON)).toBe("the build failed");
    expect(reasonHead("")).toBe("");
  });

  it("goes on with the others", () => {
    expect(reasonRest(REASON)).toEqual(["  ERROR: no such version", "hint: check the names"]);
    expect(reasonRest("exit code 1")).toEqual([]);
  });

  it("keeps its lines when it is wrapped", () => {
    expect(wrapReason(REASON, 20)).toEqual([
      "the build failed",
      "ERROR: no such",
      "version",
      "hint: check the",
      "names",
    ]);
  });
});
