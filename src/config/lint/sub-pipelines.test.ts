import { describe, expect, test } from "vitest";
import { configOfText, lintLines } from "../testing/lint-lines.ts";

const STEPS = `- step: {name: a, image: i, command: c, inputs: [{name: in}], parameters: [{name: k}]}
- pipeline:
    name: inner
    inputs: [{name: raw, target: one.input.in, default: [a.csv, b.csv], description: rows}]
    outputs: [{name: model, source: one.output.*}, {name: auc, source: one.metadata.auc}]
    parameters: [{name: k, target: one.parameter.k}]
    nodes: [{name: one, type: execution, step: a}]
    edges: []
`;
const outer = (keys: string): string =>
  `${STEPS}- pipeline:\n    name: outer\n    ${keys.replaceAll("\n", "\n    ")}\n`;
const NODES = "nodes: [{name: x, type: pipeline, pipeline: inner}, {name: y, type: execution, step: a}]";
const withEdge = (source: string, target: string): readonly string[] =>
  lintLines(outer(`${NODES}\nedges:\n  - [${source}, ${target}]`));

describe("a node that runs a pipeline", () => {
  test("is read with its defaults, and the pipeline with its inputs, outputs and labels", () => {
    const text = outer(`title: "{parameter-value:k}"
tags: nightly
parameters: [{name: k, targets: [x.parameter.k]}]
nodes:
  - name: x
    type: pipeline
    pipeline: inner
    on-error: continue
    override: {inputs: [{name: raw, default: c.csv}], parameters: [{name: k, default: 3}]}
edges: []`);
    const [inner, found] = configOfText(text).pipelines;
    expect(lintLines(text)).toEqual([]);
    expect(inner).toMatchObject({
      inputs: [
        {
          name: "raw",
          default: ["a.csv", "b.csv"],
          targets: [{ node: "one", type: "input", key: "in" }],
          description: "rows",
        },
      ],
      outputs: [
        { name: "model", source: { node: "one", type: "output", key: "*" } },
        { name: "auc", source: { node: "one", type: "metadata", key: "auc" } },
      ],
    });
    expect(found).toMatchObject({
      title: "{parameter-value:k}",
      tags: ["nightly"],
      nodes: [
        {
          ...{ type: "pipeline", name: "x", pipeline: "inner", onError: "continue", actions: [] },
          override: { inputs: [{ name: "raw", default: ["c.csv"] }], parameters: [{ name: "k", default: 3 }] },
        },
      ],
    });
  });

  test.each([
    ["x.output.model", "y.input.in"],
    ["x.metadata.auc", "y.parameter.k"],
    ["x.parameter.k", "y.parameter.k"],
    ["x.input.raw", "y.input.in"],
    ["y.output.*", "x.input.raw"],
    ["y.parameter.k", "x.parameter.k"],
    ["x.dependency.a", "y.dependency.b"],
  ])("has the socket of an edge from %s to %s", (source, target) => {
    expect(withEdge(source, target)).toEqual([]);
  });

  test.each([
    [
      "x.output.modle",
      "y.input.in",
      "13:10",
      "the pipeline `inner` has no output of files `modle` (did you mean `model`?)",
    ],
    ["x.output.auc", "y.input.in", "13:10", "the pipeline `inner` has no output of files `auc`"],
    ["y.output.*", "x.input.row", "13:22", "the pipeline `inner` has no input `row` (did you mean `raw`?)"],
    ["x.best.output.model", "y.input.in", "13:10", ""],
    [
      "x.environment-variable.A",
      "y.environment-variable.A",
      "13:10",
      "a node that runs a pipeline has no `environment-variable` to take from (its sockets are the inputs, parameters and outputs of the pipeline)",
    ],
  ])("lacks a socket of an edge from %s to %s", (source, target, place, message) => {
    const [line = ""] = withEdge(source, target);
    expect(line.startsWith(`${place} `)).toBe(true);
    expect(line).toContain(
      message === ""
        ? "warning unusual-edge: only a task has a best execution, and `x` is no task"
        : `error unknown-pipeline-socket: ${message}`,
    );
  });

  test.each([
    ["pipeline: iner", "error unknown-pipeline: there is no pipeline `iner` (did you mean `inner`?)"],
    [
      "pipeline: inner, override: {parameters: [{name: z}]}",
      "error unknown-pipeline-socket: the pipeline `inner` has no parameter `z` to override",
    ],
    [
      "pipeline: inner, actions: [{when: node-starting, then: require-approval}]",
      "error wrong-pipeline-node: a node that runs a pipeline has no actions of its own (give them to the nodes of the pipeline `inner` at which they are due)",
    ],
    ["pipeline: outer", "error pipeline-cycle: the pipeline runs itself: outer → outer"],
    ["pipeline: gone, commit: v1", ""],
  ])("with %s", (keys, message) => {
    const found = lintLines(outer(`nodes: [{name: x, type: pipeline, ${keys}}]\nedges: []`));
    if (message === "") expect(found).toEqual([]);
    else expect(found.join()).toContain(message);
  });
});

describe("the names of a pipeline", () => {
  const found = (keys: string): string =>
    lintLines(outer(`${NODES}\nedges: [[x.output.model, y.input.in]]\n${keys}`)).join("\n");

  test.each([
    ["inputs: [{name: i}]", "warning no-targets: the pipeline input `i` has no targets"],
    ["inputs: [{name: i, target: z.input.in}]", "error unknown-node: the pipeline has no node `z`"],
    ["inputs: [{name: i, target: y.input.inn}]", "warning unknown-input: the step `a` has no input `inn`"],
    [
      "inputs: [{name: i, target: x.input.no}]",
      "error unknown-pipeline-socket: the pipeline `inner` has no input `no`",
    ],
    [
      "inputs: [{name: i, target: y.parameter.k}]",
      "error unknown-edge-type: a pipeline input goes to `node.input.name`, not to a `parameter`",
    ],
    ["outputs: [{name: o, source: y.output}]", "error wrong-socket: the source of an output is `node.output.PATTERN`"],
    [
      "outputs: [{name: o, source: y.input.in}]",
      "error unknown-edge-type: a pipeline output is an `output` or the `metadata` of a node, not a `input`",
    ],
    [
      "outputs: [{name: o, source: x.metadata.acu}]",
      "the pipeline `inner` has no output of metadata `acu` (did you mean `auc`?)",
    ],
    [
      "outputs: [{name: o, source: y.best.output.m}]",
      "warning unusual-edge: only a task has a best execution, and `y` is no task",
    ],
    [
      "parameters: [{name: p, target: x.parameter.q}]",
      "error unknown-pipeline-socket: the pipeline `inner` has no parameter `q`",
    ],
    [
      "title: 'a {parameter-value:no}'",
      "warning unknown-placeholder: `{parameter-value:no}` names no parameter of the pipeline",
    ],
  ])("%s", (keys, message) => {
    expect(found(keys)).toContain(message);
  });

  test("that go round through several pipelines are found at each of them", () => {
    const text = `${STEPS}- pipeline: {name: p, nodes: [{name: n, type: pipeline, pipeline: q}], edges: []}
- pipeline: {name: q, nodes: [{name: n, type: pipeline, pipeline: p}], edges: []}
`;
    expect(lintLines(text)).toEqual([
      "9:67 error pipeline-cycle: the pipeline runs itself: p → q → p (run another pipeline here, or take the node out)",
      "10:67 error pipeline-cycle: the pipeline runs itself: q → p → q (run another pipeline here, or take the node out)",
    ]);
  });

  test("multiply: more nodes than can be run are counted, and not made", () => {
    const ten = Array.from({ length: 10 }, (_, index) => index);
    const levels = ten.slice(1, 8).map((level) => {
      const nodes = ten.map((index) => `{name: n${index}, type: pipeline, pipeline: p${level - 1}}`).join(", ");
      return `- pipeline: {name: p${level}, nodes: [${nodes}], edges: []}\n`;
    });
    const text = `${STEPS}- pipeline: {name: p0, nodes: [{name: n, type: execution, step: a}], edges: []}\n${levels.join("")}`;
    const large = lintLines(text).filter((line) => line.includes("pipeline-too-large"));
    expect(large.map((line) => line.replace(/^\S+ /, ""))).toEqual([
      "error pipeline-too-large: the pipeline has 1000000 nodes with those of the pipelines that it runs; 100000 are allowed",
      "error pipeline-too-large: the pipeline has 10000000 nodes with those of the pipelines that it runs; 100000 are allowed",
    ]);
  });
});
