import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FLIGHTS, SWEEP, sampleGraph } from "../../views/graph/fixtures/sample-graphs.ts";
import { drawnEdges } from "../../views/index.ts";
import { makeStyle, PLAIN } from "../terminal/style.ts";
import { textWidth } from "../terminal/width.ts";
import { renderGraphText } from "./text.ts";
import { drawFlow } from "./text-flow.ts";

const draw = (graph: typeof FLIGHTS, width: number): string =>
  `\n${renderGraphText(graph, { width, style: PLAIN, edges: false }).join("\n")}\n`;

describe("boxes, for small graphs", () => {
  it("keeps the main line straight and leads the others around it", () => {
    expect(draw(FLIGHTS, 80)).toMatchInlineSnapshot(`
      "
          ┌─────────┐
          │ extract │
          └────┬────┘
               ├────────╮
         ┌─────▼─────┐  │
         │ validate  │  │
         └─────┬─────┘  │
               ├────────╯
        ┌──────▼──────┐
        │ preprocess  │
        └──────┬──────┘
               ├──────╮
           ┌───▼───┐  │
           │ train │  │
           └───┬───┘  │
      ╭────────┤      │
      │        ├──────╯
      │  ┌─────▼─────┐
      │  │ evaluate  │
      │  └─────┬─────┘
      ╰────────┤
          ┌────▼────┐
          │ approve │
          └─────────┘
      "
    `);
  });

  it("joins what leads from the same sources to the same targets", () => {
    expect(draw(sampleGraph(["a>x", "a>y", "b>x", "b>y"]), 80)).toMatchInlineSnapshot(`
      "
      ┌───┐  ┌───┐
      │ a │  │ b │
      └─┬─┘  └─┬─┘
        ├──────┤
      ┌─▼─┐  ┌─▼─┐
      │ x │  │ y │
      └───┘  └───┘
      "
    `);
  });

  it("draws nodes without edges beside the others", () => {
    expect(draw(sampleGraph(["a>b", "alone"]), 80)).toMatchInlineSnapshot(`
      "
      ┌───┐  ┌───────┐
      │ a │  │ alone │
      └─┬─┘  └───────┘
      ┌─▼─┐
      │ b │
      └───┘
      "
    `);
  });

  it("splits a line where two would need the same stretch of a column both ways", () => {
    expect(draw(sampleGraph(["a>x", "a>y", "b>y", "b>x", "b>z", "c>z", "c>x"]), 80)).toMatchInlineSnapshot(`
      "
      ┌───┐  ┌───┐  ┌───┐
      │ a │  │ b │  │ c │
      └─┬─┘  └─┬─┘  └─┬─┘
        ├──────┤      │
        ├──────┼──────┤
        │      ├──────┤
      ┌─▼─┐  ┌─▼─┐  ┌─▼─┐
      │ y │  │ x │  │ z │
      └───┘  └───┘  └───┘
      "
    `);
  });

  it("draws a crossing through and not as a junction", () => {
    expect(draw(sampleGraph(["a>x", "a>z", "b>y", "c>x", "d>y", "c>z"]), 80)).toMatchInlineSnapshot(`
      "
      ┌───┐  ┌───┐        ┌───┐  ┌───┐
      │ a │  │ c │        │ b │  │ d │
      └─┬─┘  └─┬─┘        └─┬─┘  └─┬─┘
        ├──────┤            ╰──┬───╯
      ┌─▼─┐  ┌─▼─┐           ┌─▼─┐
      │ x │  │ z │           │ y │
      └───┘  └───┘           └───┘
      "
    `);
  });

  it("measures wide names by their columns", () => {
    expect(draw(sampleGraph(["準備>訓練"]), 80)).toMatchInlineSnapshot(`
      "
      ┌───────┐
      │ 準備  │
      └───┬───┘
      ┌───▼───┐
      │ 訓練  │
      └───────┘
      "
    `);
  });

  it("draws an empty pipeline as nothing", () => {
    expect(renderGraphText(sampleGraph([]), { width: 80, style: PLAIN, edges: false })).toEqual([]);
  });
});

describe("larger graphs", () => {
  it("flow from left to right where that fits", () => {
    expect(draw(SWEEP, 80)).toMatchInlineSnapshot(`
      "
                           ╭▶ train-0 ───▶ test-0 ──╮
                           ├▶ train-1 ───▶ test-1 ──┤
                           ├▶ train-2 ───▶ test-2 ──┤
                           ├▶ train-3 ───▶ test-3 ──┤
                           ├▶ train-4 ───▶ test-4 ──┤
                           ├▶ train-5 ───▶ test-5 ──┤
                           ├▶ train-6 ───▶ test-6 ──┤
                           ├▶ train-7 ───▶ test-7 ──┤
                           ├▶ train-8 ───▶ test-8 ──┤
      extract ─┬▶ prepare ─┼▶ train-9 ───▶ test-9 ──┼▶ select ──▶ deploy
               │           ├▶ train-10 ──▶ test-10 ─┤
               │           ├▶ train-11 ──▶ test-11 ─┤
               │           ├▶ train-12 ──▶ test-12 ─┤
               │           ├▶ train-13 ──▶ test-13 ─┤
               │           ├▶ train-14 ──▶ test-14 ─┤
               │           ├▶ train-15 ──▶ test-15 ─┤
               │           ├▶ train-16 ──▶ test-16 ─┤
               │           ╰▶ train-17 ──▶ test-17 ─┤
               ╰────────────────────────────────────╯
      "
    `);
  });

  it("become a list with lines where nothing else fits", () => {
    expect(draw(SWEEP, 54)).toMatchInlineSnapshot(`
      "
      extract   ─╮
      prepare  ◀─┼─╮
      train-0  ◀─│─┼─╮
      test-0   ◀─│─│─┴─╮
      train-1  ◀─│─┼─╮ │
      test-1   ◀─│─│─┴─│─╮
      train-2  ◀─│─┼─╮ │ │
      test-2   ◀─│─│─┴─│─│─╮
      train-3  ◀─│─┼─╮ │ │ │
      test-3   ◀─│─│─┴─│─│─│─╮
      train-4  ◀─│─┼─╮ │ │ │ │
      test-4   ◀─│─│─┴─│─│─│─│─╮
      train-5  ◀─│─┼─╮ │ │ │ │ │
      test-5   ◀─│─│─┴─│─│─│─│─│─╮
      train-6  ◀─│─┼─╮ │ │ │ │ │ │
      test-6   ◀─│─│─┴─│─│─│─│─│─│─╮
      train-7  ◀─│─┼─╮ │ │ │ │ │ │ │
      test-7   ◀─│─│─┴─│─│─│─│─│─│─│─╮
      train-8  ◀─│─┼─╮ │ │ │ │ │ │ │ │
      test-8   ◀─│─│─┴─│─│─│─│─│─│─│─│─╮
      train-9  ◀─│─┼─╮ │ │ │ │ │ │ │ │ │
      test-9   ◀─│─│─┴─│─│─│─│─│─│─│─│─│─╮
      train-10 ◀─│─┼─╮ │ │ │ │ │ │ │ │ │ │
      test-10  ◀─│─│─┴─│─│─│─│─│─│─│─│─│─│─╮
      train-11 ◀─│─┼─╮ │ │ │ │ │ │ │ │ │ │ │
      test-11  ◀─│─│─┴─│─│─│─│─│─│─│─│─│─│─│─╮
      train-12 ◀─│─┼─╮ │ │ │ │ │ │ │ │ │ │ │ │
      test-12  ◀─│─│─┴─│─│─│─│─│─│─│─│─│─│─│─│─╮
      train-13 ◀─│─┼─╮ │ │ │ │ │ │ │ │ │ │ │ │ │
      test-13  ◀─│─│─┴─│─│─│─│─│─│─│─│─│─│─│─│─│─╮
      train-14 ◀─│─┼─╮ │ │ │ │ │ │ │ │ │ │ │ │ │ │
      test-14  ◀─│─│─┴─│─│─│─│─│─│─│─│─│─│─│─│─│─│─╮
      train-15 ◀─│─┼─╮ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │
      test-15  ◀─│─│─┴─│─│─│─│─│─│─│─│─│─│─│─│─│─│─│─╮
      train-16 ◀─│─┼─╮ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │
      test-16  ◀─│─│─┴─│─│─│─│─│─│─│─│─│─│─│─│─│─│─│─│─╮
      train-17 ◀─│─┴─╮ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │
      test-17  ◀─│─┬─╯ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │ │
      select   ◀─┴─┴─┬─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─┴─╯
      deploy   ◀─────╯
      "
    `);
  });

  it("are drawn in time when they are huge", () => {
    const wide = sampleGraph(Array.from({ length: 3000 }, (_, index) => [`a>b${index}`, `b${index}>c`]).flat());
    const lines = renderGraphText(wide, { width: 120, style: PLAIN, edges: false });
    expect(lines).toHaveLength(3002);
    expect([...lines.slice(0, 3), ...lines.slice(-2)]).toEqual([
      "a      ─╮",
      "b0    ◀─┼─╮",
      "b1    ◀─┼─┤",
      "b2999 ◀─┴─┤",
      "c     ◀───╯",
    ]);
  });

  it("are told in words when they are a tangle", () => {
    const edges = Array.from({ length: 300 }, (_, index) => [
      `n${index}>n${300 + ((index * 7) % 300)}`,
      `n${index}>n${300 + ((index * 11) % 300)}`,
    ]).flat();
    const lines = renderGraphText(sampleGraph(edges), { width: 80, style: PLAIN, edges: false });
    expect(lines.slice(0, 2)).toEqual(["NODE  AFTER", "n0    –"]);
    expect(lines).toContain("n307  n1, n137");
  });
});

describe("--edges", () => {
  it("lists what flows along each", () => {
    const graph = {
      ...sampleGraph(["train>approve"]),
      edges: [
        ...sampleGraph(["train>approve"]).edges,
        {
          source: { node: "train", type: "metadata" as const, key: "auc" },
          target: { node: "approve", type: "parameter" as const, key: "auc" },
        },
      ],
    };
    expect(renderGraphText(graph, { width: 80, style: PLAIN, edges: true }).slice(-3)).toEqual([
      "FROM   TO       CARRIES",
      "train  approve  *.csv → data",
      "train  approve  metadata auc → parameter auc",
    ]);
  });
});

describe("any graph", () => {
  const graphs = fc
    .array(fc.tuple(fc.nat(14), fc.nat(14)), { minLength: 1, maxLength: 40 })
    .map((pairs) =>
      sampleGraph(pairs.filter(([a, b]) => a !== b).map(([a, b]) => `n${Math.min(a, b)}>n${Math.max(a, b)}`)),
    );

  it("shows every node once, and colour changes no character", () => {
    fc.assert(
      fc.property(graphs, fc.constantFrom(30, 80, 120), (graph, width) => {
        const lines = renderGraphText(graph, { width, style: PLAIN, edges: false });
        for (const { name } of graph.nodes)
          expect(lines.join("\n").match(new RegExp(`\\b${name}\\b`, "g"))).toHaveLength(1);
        const coloured = renderGraphText(graph, { width, style: makeStyle(true), edges: false });
        expect(coloured.map(textWidth)).toEqual(lines.map(textWidth));
      }),
      { numRuns: 60 },
    );
  });

  it("leads a line to every node that has a source, in the flow from left to right", () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const edges = drawnEdges(graph);
        const { lines } = drawFlow(
          graph.nodes.map((node) => node.name),
          edges,
          PLAIN,
          2,
        );
        const led = lines.join("\n").match(/▶ /g)?.length ?? 0;
        expect(led).toBe(new Set(edges.map((edge) => edge.to)).size);
        // No line ends in the open: beside each end of a line there is a text or another line.
        expect(lines.join("\n")).not.toMatch(/[─┬┴┼├╭╰] /);
      }),
      { numRuns: 60 },
    );
  });
});
