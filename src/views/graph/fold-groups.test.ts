import fc from "fast-check";
import { expect, test } from "vitest";
import { foldGroups } from "./fold-groups.ts";

const of = (names: string, step = "other"): { readonly name: string; readonly step: string }[] =>
  names.split(" ").map((name) => ({ name, step }));
const none = new Set<string>();

test("names that begin alike are one group, and wider ones hold narrower ones", () => {
  const nodes = of("load-eu-1 load-eu-2 load-eu-3 load-us-1 load-us-2 load-us-3 merge fold1 fold2 fold3");
  const named = (open: readonly string[]) =>
    foldGroups(nodes, [], new Set(open)).groups.map(({ name, members, isOpen }) => [name, members.length, isOpen]);
  expect(named([])).toEqual([
    ["load", 6, false],
    ["fold", 3, false],
  ]);
  expect(named(["load"])).toEqual([
    ["load", 6, true],
    ["load-eu", 3, false],
    ["load-us", 3, false],
    ["fold", 3, false],
  ]);
  expect(named(["load", "load-us", "fold"])).toEqual([
    ["load", 6, true],
    ["load-eu", 3, false],
    ["load-us", 3, true],
    ["fold", 3, true],
  ]);
});

test("a group bears the longest name that all of it share", () => {
  const { groups } = foldGroups(of("train-eu-west-1 train-eu-west-2 train-eu-west-3 merge"), [], none);
  expect(groups.map(({ name }) => name)).toEqual(["train-eu-west"]);
});

test("what stands apart by name goes with its step, and a graph is no group of itself", () => {
  const towns = of("oslo paris rome", "train");
  expect(foldGroups([...of("merge"), ...towns], [], none).groups).toEqual([
    { name: "train", members: ["oslo", "paris", "rome"], isOpen: false },
  ]);
  expect(foldGroups(towns, [], none).groups).toEqual([]);
  expect(foldGroups(of("a-1 a-2 a-3"), [], none).groups).toEqual([]);
  expect(foldGroups(of("a-1 a-2 b"), [], none).groups).toEqual([]);
});

test("groups that wait for each other are one a layer", () => {
  const count = [1, 2, 3];
  const nodes = of(
    [...count.map((n) => `a-0${n}`), ...count.map((n) => `b-0${n}`), ...count.map((n) => `a-1${n}`)].join(" "),
  );
  const edges = count.flatMap((n) => [
    { from: `a-0${n}`, to: `b-0${n}` },
    { from: `b-0${n}`, to: `a-1${n}` },
  ]);
  const names = (open: readonly string[]) =>
    foldGroups(nodes, edges, new Set(open)).groups.map(({ name, members, isOpen }) => [name, members[0], isOpen]);
  expect(names([])).toEqual([
    ["a, layer 1", "a-01", false],
    ["b, layer 2", "b-01", false],
    ["a, layer 3", "a-11", false],
  ]);
  expect(names(["a, layer 3"])).toContainEqual(["a, layer 3", "a-11", true]);
});

test("no box of a folded graph waits for itself, whatever the graph and whatever is open", () => {
  const node = fc.record({ word: fc.constantFrom("a", "b", "a-x", "c"), step: fc.constantFrom("s", "t") });
  fc.assert(
    fc.property(
      fc.array(node, { minLength: 1, maxLength: 24 }),
      fc.array(fc.tuple(fc.nat(23), fc.nat(23)), { maxLength: 40 }),
      fc.subarray(["a", "b", "a-x", "s", "a, layer 2"]),
      (parts, ends, open) => {
        const nodes = parts.map(({ word, step }, index) => ({ name: `${word}-${index}`, step }));
        const edges = ends
          .filter(([a, b]) => a < b && b < nodes.length)
          .map(([a, b]) => ({ from: nodes[a]?.name ?? "", to: nodes[b]?.name ?? "" }));
        const { groups, groupOf } = foldGroups(nodes, edges, new Set(open));
        const box = (name: string): string => (groupOf.has(name) ? `group ${groupOf.get(name)}` : name);
        const next = Map.groupBy(
          edges.map(({ from, to }) => [box(from), box(to)] as const).filter(([from, to]) => from !== to),
          ([from]) => from,
        );
        const reaches = (from: string, seen: Set<string>): Set<string> => {
          for (const [, to] of next.get(from) ?? []) if (!seen.has(to)) reaches(to, seen.add(to));
          return seen;
        };
        for (const start of next.keys()) expect(reaches(start, new Set()).has(start)).toBe(false);
        for (const { name, members, isOpen } of groups)
          if (!isOpen) expect(nodes.filter((each) => groupOf.get(each.name) === name).length).toBe(members.length);
      },
    ),
  );
});
