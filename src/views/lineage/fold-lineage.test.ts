import fc from "fast-check";
import { expect, test } from "vitest";
import type { LineageNode, LineageView } from "../../api/index.ts";
import { foldLineage, groupOf, relatedTo } from "./fold-lineage.ts";

const AT = "2026-01-01T00:00:00.000Z";
const NOTHING = { open: new Set<string>(), apart: new Set<string>() };

function file(id: string): LineageNode {
  return {
    kind: "file",
    id,
    name: id,
    sizeBytes: 1,
    sha256: "0".repeat(64),
    source: null,
    createdAt: AT,
    generation: 0,
  };
}
function execution(id: string, step: string): LineageNode {
  const names = { runName: step, node: step, step, state: "complete", commit: "~1", createdAt: AT } as const;
  return { kind: "execution", id, number: 1, run: 1, ...names, generation: 0 };
}
function lineage(nodes: readonly LineageNode[], edges: readonly (readonly [string, string, string?])[]): LineageView {
  return {
    start: [],
    nodes,
    edges: edges.map(([from, to, input]) => ({ from, to, input: input ?? null })),
    truncated: false,
  };
}
const ids = (count: number) => Array.from({ length: count }, (_, index) => index);

/** One table, many trainings that each make a model and a log, and one choice among the models. */
function trials(count: number): LineageView {
  return lineage(
    [
      file("table"),
      ...ids(count).flatMap((n) => [execution(`train${n}`, "train"), file(`model${n}`), file(`log${n}`)]),
      execution("select", "select"),
    ],
    ids(count).flatMap((n) => [
      ["table", `train${n}`, "data"],
      [`train${n}`, `model${n}`],
      [`train${n}`, `log${n}`],
      [`model${n}`, "select", "models"],
    ]),
  );
}

test("hundred trials become one box between the table and the choice", () => {
  const { nodes, edges } = foldLineage(trials(100), NOTHING);
  expect(nodes.map(({ id, kind, members }) => [id, kind, members.length])).toEqual([
    ["table", "file", 1],
    ["+train0", "execution", 100],
    ["+model0", "file", 100],
    ["+log0", "file", 100],
    ["select", "execution", 1],
  ]);
  expect(edges).toEqual([
    { from: "table", to: "+train0", inputs: ["data"] },
    { from: "+train0", to: "+model0", inputs: [] },
    { from: "+train0", to: "+log0", inputs: [] },
    { from: "+model0", to: "select", inputs: ["models"] },
  ]);
});

test("few are left as they are", () => {
  expect(foldLineage(trials(3), NOTHING).nodes).toHaveLength(11);
});

test("a group that is opened shows its members, with their ways to the other groups", () => {
  const { nodes, edges } = foldLineage(trials(5), { ...NOTHING, open: new Set(["+train0"]) });
  expect(nodes.filter(({ kind }) => kind === "execution").map(({ id }) => id)).toEqual([
    ...ids(5).map((n) => `train${n}`),
    "select",
  ]);
  expect(edges.filter(({ to }) => to === "+model0")).toHaveLength(5);
  expect(groupOf(trials(5), "train3", NOTHING)?.id).toBe("+train0");
  expect(groupOf(trials(5), "table", NOTHING)).toBeUndefined();
});

test("what stands apart is in no group, nor is what it alone was made by", () => {
  const { nodes } = foldLineage(trials(6), { ...NOTHING, apart: new Set(["model2"]) });
  expect(nodes.map(({ id, members }) => [id, members.length])).toEqual([
    ...[
      ["table", 1],
      ["+train0", 5],
      ["+model0", 5],
      ["+log0", 5],
    ],
    ...[
      ["train2", 1],
      ["model2", 1],
      ["log2", 1],
      ["select", 1],
    ],
  ]);
});

test("related are the sources and what follows, and no siblings", () => {
  const { edges } = foldLineage(trials(2), NOTHING);
  expect([...relatedTo("model0", edges)].sort()).toEqual(["model0", "select", "table", "train0"]);
});

test("whatever the graph is, each node is in exactly one place, and each way leads between places", () => {
  const graph = fc.tuple(
    fc.integer({ min: 1, max: 30 }),
    fc.array(fc.tuple(fc.nat(29), fc.nat(29)), { maxLength: 60 }),
    fc.array(fc.nat(29), { maxLength: 4 }),
  );
  fc.assert(
    fc.property(graph, ([count, ways, apart]) => {
      const nodes = ids(count).map((n) => (n % 2 === 0 ? file(String(n)) : execution(String(n), `step${n % 3}`)));
      const edges = ways.filter(([a, b]) => a < b && b < count).map(([a, b]) => [String(a), String(b)] as const);
      const folded = foldLineage(lineage(nodes, edges), { ...NOTHING, apart: new Set(apart.map(String)) });
      const members = folded.nodes.flatMap((node) => node.members.map(({ id }) => id));
      expect(members.toSorted()).toEqual(nodes.map(({ id }) => id).toSorted());
      const places = new Set(folded.nodes.map(({ id }) => id));
      expect(places.size).toBe(folded.nodes.length);
      for (const { from, to } of folded.edges) expect([places.has(from), places.has(to)]).toEqual([true, true]);
      for (const { kind, members: each } of folded.nodes)
        expect(each.every((member) => member.kind === kind)).toBe(true);
    }),
  );
});
