import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance } from "./edit-distance.ts";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["train", "train", 0],
  ["trian", "train", 1],
  ["tain", "train", 1],
  ["trainn", "train", 1],
  ["brain", "train", 1],
  ["kitten", "sitting", 3],
  ["image", "name", 3],
  ["abc", "cba", 2],
])("from %j to %j: %i", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test.each([
  ["letters alike", fc.string({ unit: fc.constantFrom(..."abc-"), maxLength: 12 })],
  ["any letters", fc.string({ maxLength: 12 })],
])("is symmetric, zero only for equal words, and at most the longer length: %s", (_, word) => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      expect(editDistance(b, a)).toBe(distance);
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
