import { describe, expect, it } from "vitest";
import { closestName, didYouMean } from "./closest-name.ts";

describe("closestName", () => {
  it.each([
    ["trian", "train"],
    ["TRAIN", "train"],
    ["evalaute", "evaluate"],
    ["xyz", undefined],
    ["t", undefined],
  ])("%j is meant as %j", (name, expected) => {
    expect(closestName(name, ["train", "evaluate", "extract"])).toBe(expected);
  });

  it("asks in words", () => {
    expect(didYouMean("trian", ["train"])).toBe("did you mean train?");
    expect(didYouMean("quite-different", ["train"])).toBeUndefined();
  });
});
