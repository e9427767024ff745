import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closestName, didYouMean, editDistance } from "./closest-name.ts";

describe("editDistance", () => {
  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["train", "train", 0],
    ["trian", "train", 1],
    ["tain", "train", 1],
    ["trainn", "train", 1],
    ["brain", "train", 1],
    ["kitten", "sitting", 3],
  ])("from %j to %j: %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it("is the same both ways, and zero only between equals", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

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
