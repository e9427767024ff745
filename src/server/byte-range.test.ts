import { expect, test } from "vitest";
import { rangeOf } from "./byte-range.ts";

const FILE = { sizeBytes: 10, tag: '"a"' };

test.each([
  ["bytes=0-3", { start: 0, end: 4 }],
  ["bytes=4-", { start: 4, end: 10 }],
  ["bytes=-3", { start: 7, end: 10 }],
  ["bytes=-99", { start: 0, end: 10 }],
  ["bytes=9-99", { start: 9, end: 10 }],
  ["bytes=10-", "outside"],
  ["bytes=-0", "outside"],
  ["bytes=3-2", undefined],
  ["bytes=0-1,4-5", undefined],
  ["bytes=-", undefined],
  ["lines=1-2", undefined],
  ["bytes=1e9-", undefined],
])("the header %j asks for %j of ten bytes", (range, expected) => {
  expect(rangeOf({ range }, FILE)).toEqual(expected);
});

test("of an empty file there is no range", () => {
  expect(rangeOf({ range: "bytes=0-" }, { sizeBytes: 0, tag: undefined })).toBe("outside");
});

test("a part of what the file was before is not given", () => {
  expect(rangeOf({ range: "bytes=1-", "if-range": '"a"' }, FILE)).toEqual({ start: 1, end: 10 });
  expect(rangeOf({ range: "bytes=1-", "if-range": '"b"' }, FILE)).toBeUndefined();
});
