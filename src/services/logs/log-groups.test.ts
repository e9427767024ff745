import { expect, test } from "vitest";
import { LogGroups } from "./log-groups.ts";

function groupsOf(...lines: readonly string[]): readonly (readonly [number, number | undefined])[] {
  const groups = new LogGroups();
  for (const [line, text] of lines.entries()) groups.take(line, text);
  return groups.found.map(({ first, last }) => [first, last]);
}

test("a group goes from its title to its end, to the next title, or on", () => {
  expect(groupsOf("a", "::group::Install", "b", "::endgroup::", "c", "::group::Train", "d")).toEqual([
    [1, 3],
    [5, undefined],
  ]);
  expect(groupsOf("::group::A", "a", "::group::B", "::endgroup::")).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test("an end without a beginning, and a title within a line, are lines like others", () => {
  expect(groupsOf("::endgroup::", " ::group::A", "say ::group::B", "::groups::", "::endgroup::")).toEqual([]);
});

test("a log of very many groups has the first thousand", () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `::group::${index}`);
  expect(groupsOf(...lines)).toHaveLength(1_000);
  expect(groupsOf(...lines).at(-1)).toEqual([999, 999]);
});
