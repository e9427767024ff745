import { expect, test } from "vitest";
import { dataNameProblem, readVersionAddress } from "./data-address.ts";

test.each<readonly [name: string, problem: string | undefined]>([
  ["flights", undefined],
  ["2013-01.raw_b", undefined],
  ["données", undefined],
  ["", "is empty"],
  ["a".repeat(129), "is longer than 128 characters"],
  ["donne\u0301es", "is written with letters and accents apart"],
  ["00000000-0000-7000-8000-000000000000", "has the form of an id"],
  ...["a/b", "..", "-a", "a b", "a\n", "a%2f", "'; drop table datums", "a\u202eb"].map(
    (name) => [name, "may have letters, digits, `.`, `_` and `-`, with a letter or a digit in front"] as const,
  ),
])("the name %j", (name, problem) => {
  expect(dataNameProblem(name)).toBe(problem);
});

test.each([
  ["dataset://flights/v1", { name: "flights", version: "v1" }],
  ["dataset://flights", { name: "flights" }],
  ["dataset://flights/", undefined],
  ["dataset://", undefined],
  ["dataset://a/b/c", undefined],
  ["dataset://../b", undefined],
  ["model://flights/v1", undefined],
])("the address %j", (uri, address) => {
  expect(readVersionAddress(uri, "dataset")).toEqual(address);
});
