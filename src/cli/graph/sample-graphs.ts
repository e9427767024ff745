import type { PipelineGraph } from "./pipeline-graph.ts";

/** A graph from edges such as `extract>train`, for tests; a name alone is a node without edges. */
export function sampleGraph(edges: readonly string[], name = "sample"): PipelineGraph {
  const names = [...new Set(edges.flatMap((edge) => edge.split(">")))];
  return {
    pipeline: name,
    nodes: names.map((node) => ({ name: node, type: "execution", of: node })),
    edges: edges.flatMap((edge) => {
      const [from = "", to] = edge.split(">");
      if (to === undefined) return [];
      return [{ source: { node: from, type: "output" as const, key: "*.csv" }, target: { node: to, type: "input" as const, key: "data" } }];
    }),
  };
}

/** The six steps of the flights example. */
export const FLIGHTS = sampleGraph(
  [
    "extract>validate",
    "extract>preprocess",
    "validate>preprocess",
    "preprocess>train",
    "preprocess>evaluate",
    "train>evaluate",
    "train>approve",
    "evaluate>approve",
  ],
  "flights",
);

/** Forty nodes: a fan-out of 18 branches of two steps each, joined again. */
export const SWEEP = sampleGraph(
  [
    "extract>prepare",
    ...Array.from({ length: 18 }, (_, index) => [`prepare>train-${index}`, `train-${index}>test-${index}`, `test-${index}>select`]).flat(),
    "extract>select",
    "select>deploy",
  ],
  "sweep",
);
