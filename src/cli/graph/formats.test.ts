import { describe, expect, it } from "vitest";
import { type Pipeline, pipelineGraph } from "../../config/index.ts";
import { FLIGHTS, sampleGraph } from "../../views/graph/fixtures/sample-graphs.ts";
import { drawnEdges } from "../../views/index.ts";
import { renderDot } from "./dot.ts";
import { renderMermaid } from "./mermaid.ts";
import { renderSvg } from "./svg.ts";

const PIPELINE: Pipeline = {
  name: "p",
  reuseExecutions: true,
  parameters: [],
  nodes: [
    { type: "execution", name: "prepare", step: "prepare", actions: [], edgeMergeMode: "replace" },
    { type: "task", name: "tune", step: "train", actions: [], edgeMergeMode: "replace" },
    { type: "deployment", name: "serve", deployment: "api", endpoints: [], aliases: [], actions: [] },
  ],
  edges: [
    {
      source: { node: "prepare", type: "output", key: "*.csv" },
      target: { node: "tune", type: "input", key: "data" },
      configuration: {},
    },
    {
      source: { node: "prepare", type: "parameter", key: "seed" },
      target: { node: "tune", type: "parameter", key: "seed" },
      configuration: {},
    },
    {
      source: { node: "tune", type: "output", key: "model" },
      target: { node: "serve", type: "file", key: "predict.model" },
      configuration: {},
    },
    {
      source: { node: "prepare", type: "dependency", key: "x" },
      target: { node: "serve", type: "dependency", key: "x" },
      configuration: {},
    },
  ],
};
const GRAPH = pipelineGraph(PIPELINE);
const NASTY = sampleGraph(['a"<b>&>c\\d']);

describe("pipelineGraph", () => {
  it("is what --format json prints", () => {
    expect(GRAPH.nodes).toEqual([
      { name: "prepare", type: "execution", of: "prepare", approvals: [] },
      { name: "tune", type: "task", of: "train", approvals: [] },
      { name: "serve", type: "deployment", of: "api", approvals: [] },
    ]);
    expect(GRAPH.edges[1]).toEqual({
      source: { node: "prepare", type: "parameter", key: "seed" },
      target: { node: "tune", type: "parameter", key: "seed" },
    });
  });

  it("draws edges between the same nodes as one", () => {
    expect(drawnEdges(GRAPH)).toEqual([
      { from: "prepare", to: "tune", flows: ["*.csv → data", "parameter seed → parameter seed"] },
      { from: "tune", to: "serve", flows: ["model → file predict.model"] },
      { from: "prepare", to: "serve", flows: ["only the order"] },
    ]);
  });
});

describe("mermaid", () => {
  it("shapes nodes by their type and says what flows", () => {
    expect(renderMermaid(GRAPH)).toEqual([
      "flowchart LR",
      '  n0["prepare"]',
      '  n1[["tune<br/><small>train</small>"]]',
      '  n2(["serve<br/><small>api</small>"])',
      '  n0 -->|"*.csv → data<br/>parameter seed → parameter seed"| n1',
      '  n1 -->|"model → file predict.model"| n2',
      '  n0 -->|"only the order"| n2',
    ]);
  });

  it("takes no directive from a name", () => {
    const graph = sampleGraph([]);
    const name = '%%{init: {"theme": "dark"}}%%';
    const [, node] = renderMermaid({ ...graph, nodes: [{ name, type: "execution", of: name, approvals: [] }] });
    expect(node).toBe('  n0["#37;#37;#123;init: #123;#34;theme#34;: #34;dark#34;#125;#125;#37;#37;"]');
  });

  it("escapes what has a meaning", () => {
    const graph = sampleGraph([]);
    expect(
      renderMermaid({ ...graph, nodes: [{ name: 'a"<b>#', type: "execution", of: 'a"<b>#', approvals: [] }] })[1],
    ).toBe('  n0["a#34;#60;b#62;#35;"]');
  });
});

describe("dot", () => {
  it("is Graphviz's language", () => {
    expect(renderDot(GRAPH)).toEqual([
      'digraph "p" {',
      "  rankdir=LR;",
      '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=12];',
      '  edge [fontname="sans-serif", fontsize=9, color="#777777"];',
      '  "prepare" [label="prepare"];',
      '  "tune" [label="tune\\n(train)", style="rounded,bold"];',
      '  "serve" [label="serve\\n(api)", style="rounded,bold"];',
      '  "prepare" -> "tune" [label="*.csv → data\\nparameter seed → parameter seed"];',
      '  "tune" -> "serve" [label="model → file predict.model"];',
      '  "prepare" -> "serve" [label="only the order"];',
      "}",
    ]);
  });

  it("escapes quotes and backslashes", () => {
    expect(renderDot(NASTY)[4]).toBe('  "a\\"<b" [label="a\\"<b"];');
  });
});

describe("svg", () => {
  it("is a picture with every node, edge and both colour schemes", () => {
    const svg = renderSvg(FLIGHTS).join("\n");
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+" width="\d+" height="\d+" role="img">/,
    );
    expect(svg.match(/<rect class="box"/g)).toHaveLength(6);
    expect(svg.match(/<path class="line"/g)).toHaveLength(8);
    expect(svg).toContain("@media (prefers-color-scheme: dark)");
    expect(svg).toContain("<title>extract → validate\n*.csv → data</title>");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("keeps every box and line inside the picture", () => {
    const svg = renderSvg(FLIGHTS).join("\n");
    const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number);
    for (const [, x, y, boxWidth, boxHeight] of svg.matchAll(
      /<rect [^>]*x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g,
    )) {
      expect(Number(x) + Number(boxWidth)).toBeLessThan(width);
      expect(Number(y) + Number(boxHeight)).toBeLessThan(height);
    }
  });

  it("escapes markup", () => {
    const svg = renderSvg(NASTY).join("\n");
    expect(svg).toContain(">a&quot;&lt;b</text>");
    expect(svg).not.toContain("<b<");
  });
});
