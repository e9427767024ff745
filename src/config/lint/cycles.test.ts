import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lintLines } from "../testing/lint-lines.ts";

const STEP = "- step: {name: s, image: i, command: c, inputs: [{name: in}]}\n";

/** A pipeline whose nodes are numbers; each edge stands on a line of its own. */
function graph(nodes: number, edges: readonly (readonly [number, number])[]): string {
  const nodeLines = Array.from({ length: nodes }, (_, node) => `      - {name: n${node}, type: execution, step: s}\n`);
  const edgeLines = edges.map(([from, to]) => `      - [n${from}.output.x, n${to}.input.in]\n`);
  return `${STEP}- pipeline:\n    name: p\n    nodes:${nodes === 0 ? " []" : ""}\n${nodeLines.join("")}    edges:${edges.length === 0 ? " []" : ""}\n${edgeLines.join("")}`;
}

const cycles = (text: string): readonly string[] => lintLines(text).filter((line) => line.includes(" cycle: "));

describe("cycles", () => {
  test.each([
    [
      "a node that waits for itself",
      1,
      [[0, 0]],
      ["7:9 error cycle: these nodes wait for each other and can never start: n0 → n0 (remove one of these edges)"],
    ],
    [
      "two nodes",
      2,
      [
        [0, 1],
        [1, 0],
      ],
      [
        "9:9 error cycle: these nodes wait for each other and can never start: n0 → n1 → n0 (remove one of these edges)",
      ],
    ],
    [
      "the shortest way round is shown",
      4,
      [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 0],
        [1, 0],
      ],
      [
        "14:9 error cycle: these nodes wait for each other and can never start: n0 → n1 → n0 (remove one of these edges)",
      ],
    ],
    [
      "each knot once",
      4,
      [
        [0, 1],
        [1, 0],
        [2, 3],
        [3, 2],
        [1, 2],
      ],
      [
        "11:9 error cycle: these nodes wait for each other and can never start: n0 → n1 → n0 (remove one of these edges)",
        "13:9 error cycle: these nodes wait for each other and can never start: n2 → n3 → n2 (remove one of these edges)",
      ],
    ],
    [
      "a diamond is none",
      4,
      [
        [0, 1],
        [0, 2],
        [1, 3],
        [2, 3],
      ],
      [],
    ],
  ] as const)("%s", (_, nodes, edges, expected) => {
    expect(cycles(graph(nodes, edges))).toEqual(expected);
  });

  test("Valohai's own linter lets this pass: a cycle, a self-edge, an unknown input and an unknown parameter", () => {
    const text = `${STEP}- pipeline:
    name: p
    nodes: [{name: a, type: execution, step: s}, {name: b, type: execution, step: s}]
    edges:
      - [a.output.x, b.input.gone]
      - [b.metadata.y, a.parameter.gone]
      - [a.output.x, a.input.in]
`;
    expect(lintLines(text)).toEqual([
      "6:22 warning unknown-input: the step `s` has no input `gone` (inputs: in)",
      "7:24 warning unknown-parameter: the step `s` has no parameter `gone`",
      "8:9 error cycle: these nodes wait for each other and can never start: a → a (remove one of these edges)",
    ]);
  });

  const arrows = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 });

  test("edges that only lead onwards never make one", () => {
    fc.assert(
      fc.property(arrows, (pairs) => {
        const onwards = pairs.filter(([from, to]) => from < to);
        expect(cycles(graph(10, onwards))).toEqual([]);
      }),
    );
  });

  test("an edge back along a path always does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), arrows, (end, pairs) => {
        const onwards = pairs.filter(([from, to]) => from < to);
        const chain = Array.from({ length: end }, (_, node) => [node, node + 1] as const);
        expect(cycles(graph(10, [...onwards, ...chain, [end, 0]]))).toHaveLength(1);
      }),
    );
  });

  test("a long chain does not overflow the stack", () => {
    const chain = Array.from({ length: 20_000 }, (_, node) => [node, node + 1] as const);
    expect(cycles(graph(1, chain))).toEqual([]);
  });
});
