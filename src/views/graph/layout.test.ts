import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layOut } from "./layout.ts";
import { rankNodes } from "./rank-nodes.ts";

const edgesOf = (...pairs: string[]) =>
  pairs.map((pair) => {
    const [from = "", to = ""] = pair.split(">");
    return { from, to };
  });

const graphs = fc
  .array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 60 })
  .map((pairs) =>
    pairs.filter(([a, b]) => a !== b).map(([a, b]) => ({ from: `n${Math.min(a, b)}`, to: `n${Math.max(a, b)}` })),
  );
const NODES = Array.from({ length: 20 }, (_, index) => `n${index}`);

describe("rankNodes", () => {
  it("puts each node after the last of its sources, and lone sources just before their reader", () => {
    const ranks = rankNodes(["a", "b", "c", "late", "d"], edgesOf("a>b", "b>c", "c>d", "late>d", "a>d"));
    expect(Object.fromEntries(ranks)).toEqual({ a: 0, b: 1, c: 2, late: 2, d: 3 });
  });

  it("passes over edges to itself and to unknown nodes", () => {
    expect(Object.fromEntries(rankNodes(["a", "b"], edgesOf("a>a", "x>b", "a>y")))).toEqual({ a: 0, b: 0 });
  });
});

describe("layOut", () => {
  it("stands a chain in one column", () => {
    const layout = layOut({
      nodes: ["a", "b", "c"],
      edges: edgesOf("a>b", "b>c"),
      halfSize: (name) => name.charCodeAt(0) - 95,
      gap: 2,
    });
    expect(new Set(layout.layers.flat().map((place) => place.centre)).size).toBe(1);
  });

  it("keeps neighbours apart, at whole numbers, from zero on", () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const half = (name: string): number => name.length;
        const { layers } = layOut({ nodes: NODES, edges, halfSize: half, gap: 2 });
        const size = (place: { readonly name: string | undefined }): number =>
          place.name === undefined ? 0 : half(place.name);
        expect(Math.min(...layers.flat().map((place) => place.centre - size(place)))).toBe(0);
        for (const layer of layers) {
          for (const [index, place] of layer.entries()) {
            expect(Number.isInteger(place.centre)).toBe(true);
            const before = layer[index - 1];
            if (before !== undefined)
              expect(place.centre - before.centre).toBeGreaterThanOrEqual(size(place) + size(before) + 3);
          }
        }
      }),
    );
  });

  it("leads every edge through all the layers between its ends", () => {
    fc.assert(
      fc.property(graphs, (edges) => {
        const { layers, gaps } = layOut({ nodes: NODES, edges, halfSize: () => 1, gap: 1 });
        const ranks = new Map(
          layers.flatMap((layer, rank) =>
            layer.flatMap((place) => (place.name === undefined ? [] : [[place.name, rank] as const])),
          ),
        );
        for (const { from, to } of edges) {
          const arrives = gaps[(ranks.get(to) ?? 0) - 1]?.some(
            (line) => line.source === from && line.to.some((end) => end.name === to),
          );
          expect(arrives).toBe(true);
        }
      }),
    );
  });
});
