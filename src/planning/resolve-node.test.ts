import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Edge, Parameter, Step } from "../config/index.ts";
import {
  config,
  edge,
  file,
  input,
  node,
  nodeOf,
  nodeResult,
  parameter,
  pipeline,
  request,
  step,
} from "./fixtures/configs.ts";
import type { NodeResult } from "./plan.ts";
import { resolveNode } from "./resolve-node.ts";

/** Resolves node `to`, which stands behind `from` over the given edges. */
function resolve(target: Partial<Step>, edges: readonly Edge[], from: Partial<NodeResult>, source: Partial<Step> = {}) {
  const one = config([step("from", source), step("to", target)], pipeline([node("from"), node("to")], edges));
  return resolveNode(nodeOf(one, request("pipe"), "to"), { from: nodeResult(from) });
}

function resolved(...args: Parameters<typeof resolve>) {
  const result = resolve(...args);
  if (!result.ok) throw new Error(result.message);
  return result.resolved;
}

describe("without edges", () => {
  test("everything is taken from the plan", () => {
    const single = step("s", {
      command: ["python {source-path} {parameters}", "echo {parameter-value:x}"],
      sourcePath: "a b.py",
      parameters: [
        parameter("x", { default: "1 2" }),
        parameter("on", { type: "flag", optional: true, default: true }),
      ],
      inputs: [input("data", { default: ["u1", "u2"], keepDirectories: "full", filename: "f" })],
      environmentVariables: [{ name: "V", default: "v", optional: true }],
    });
    expect(resolveNode(nodeOf(config([single]), request("s"), "s"), {})).toEqual({
      ok: true,
      resolved: {
        parameters: { x: "1 2", on: true },
        inputs: [{ name: "data", keepDirectories: "full", filename: "f", files: [], uris: ["u1", "u2"] }],
        environmentVariables: { V: "v" },
        command: ["python 'a b.py' '--x=1 2' --on", "echo '1 2'"],
      },
    });
  });
});

describe("files over edges", () => {
  const data = { inputs: [input("data")] };
  const outputs = [file("b.csv"), file("a.csv"), file("model.pkl")];

  test("outputs by glob, in the order of their names; several edges in theirs", () => {
    const { inputs } = resolved(
      data,
      [edge("from.output.*.csv", "to.input.data"), edge("from.output.model", "to.input.data")],
      {
        outputs,
      },
    );
    expect(inputs).toEqual([
      { name: "data", keepDirectories: "none", files: [file("a.csv"), file("b.csv"), file("model.pkl")], uris: [] },
    ]);
  });

  test("a file that two edges bring is one file", () => {
    const { inputs } = resolved(
      data,
      [edge("from.output.*.csv", "to.input.data"), edge("from.output.a.csv", "to.input.data")],
      {
        outputs,
      },
    );
    expect(inputs[0]?.files.map((item) => item.name)).toEqual(["a.csv", "b.csv"]);
  });

  test("files of one name from different nodes are different files", () => {
    const one = config(
      [step("s", { inputs: [input("data", { optional: true })] })],
      pipeline(
        [node("a", { step: "s" }), node("b", { step: "s" }), node("c", { step: "s" })],
        [edge("a.output.m", "c.input.data"), edge("b.output.m", "c.input.data")],
      ),
    );
    const results = {
      a: nodeResult({ outputs: [file("m", { datumId: "1" })] }),
      b: nodeResult({ outputs: [file("m", { datumId: "2" })] }),
    };
    expect(resolveNode(nodeOf(one, request("pipe"), "c"), results)).toMatchObject({
      resolved: { inputs: [{ files: [{ datumId: "1" }, { datumId: "2" }] }] },
    });
  });

  test.each([
    ["raw", ["x.csv", "y.csv"]],
    ["raw/y*", ["y.csv"]],
    ["r*", ["x.csv", "y.csv"]],
    ["*", ["labels.csv", "x.csv", "y.csv"]],
    ["*.csv", ["labels.csv", "x.csv", "y.csv"]],
    ["[xl]*.csv", ["labels.csv", "x.csv"]],
  ])("input.%s passes on %j", (key, names) => {
    const source = { inputs: [input("labels", { optional: true }), input("raw", { optional: true })] };
    const inputs = { labels: [file("labels.csv")], raw: [file("y.csv"), file("x.csv")] };
    const [first] = resolved(data, [edge(`from.input.${key}`, "to.input.data")], { inputs }, source).inputs;
    expect(first?.files.map((item) => item.name).toSorted()).toEqual(names);
  });

  test("URIs and files stand side by side when edges append", () => {
    const one = config(
      [step("from"), step("to", { inputs: [input("data", { default: ["u"] })] })],
      pipeline([node("from"), node("to", { edgeMergeMode: "append" })], [edge("from.output.a.csv", "to.input.data")]),
    );
    expect(resolveNode(nodeOf(one, request("pipe"), "to"), { from: nodeResult({ outputs }) })).toMatchObject({
      resolved: { inputs: [{ files: [{ name: "a.csv" }], uris: ["u"] }] },
    });
  });

  test("an optional input may stay empty", () => {
    expect(
      resolved({ inputs: [input("data", { optional: true })] }, [edge("from.output.*.png", "to.input.data")], {
        outputs,
      }).inputs[0]?.files,
    ).toEqual([]);
  });

  test.each<[string, Partial<NodeResult>, string]>([
    [
      "from.output.*.png",
      { outputs },
      'no output of node "from" matches "*.png"; there are "a.csv", "b.csv", "model.pkl"',
    ],
    ["from.output.x", { outputs: [file("y")] }, 'no output of node "from" matches "x"; there is "y"'],
    ["from.output.*", {}, 'node "from" has no output'],
    [
      "from.output.*",
      { leftBehind: "result.csv" },
      'node "from" has no output; its step wrote result.csv to its working folder, and only what is in /valohai/outputs is kept',
    ],
    ["from.input.raw", { inputs: { raw: [] } }, 'node "from" has no input file'],
    [
      "from.input.raw/*.png",
      { inputs: { raw: [file("x.csv")] } },
      'no input file of node "from" matches "raw/*.png"; there is "x.csv"',
    ],
    [
      "from.output.x",
      { outputs: Array.from({ length: 12 }, (_, index) => file(`f${index + 10}`)) },
      'no output of node "from" matches "x"; there are "f10", "f11", "f12", "f13", "f14", "f15", "f16", "f17" and 4 more',
    ],
  ])("a required input without a file from %s", (source, result, reason) => {
    expect(
      resolve(data, [edge(source, "to.input.data")], result, { inputs: [input("raw", { optional: true })] }),
    ).toEqual({
      ok: false,
      message: `edge ${source} → to.input.data brings no file: ${reason}`,
    });
  });

  test("one edge of several that brings nothing is a failure, too", () => {
    const result = resolve(
      data,
      [edge("from.output.*.csv", "to.input.data"), edge("from.output.*.png", "to.input.data")],
      { outputs },
    );
    expect(result).toMatchObject({
      ok: false,
      message: expect.stringContaining("from.output.*.png → to.input.data brings no file"),
    });
  });

  test("a source without a result counts as one with nothing", () => {
    const planned = nodeOf(
      config(
        [step("from"), step("to", data)],
        pipeline([node("from"), node("to")], [edge("from.output.*", "to.input.data")]),
      ),
      request("pipe"),
      "to",
    );
    expect(resolveNode(planned, {})).toEqual({
      ok: false,
      message: 'edge from.output.* → to.input.data brings no file: node "from" has no output',
    });
  });
});

describe("metadata over edges", () => {
  const take = (own: Partial<Parameter>) => ({
    command: ["run {parameters}"],
    parameters: [parameter("before", { default: "b" }), parameter("x", own), parameter("after", { default: "a" })],
  });
  const edges = [edge("from.metadata.auc", "to.parameter.x")];

  test("the value takes its place in the order and in the command", () => {
    const { parameters, command } = resolved(take({ type: "float" }), edges, { metadata: { auc: 0.75 } });
    expect(Object.entries(parameters)).toEqual([
      ["before", "b"],
      ["x", 0.75],
      ["after", "a"],
    ]);
    expect(command).toEqual(["run --before=b --x=0.75 --after=a"]);
  });

  test.each<[Partial<Parameter>, unknown, unknown]>([
    [{ type: "float", default: 0.1 }, 0.75, 0.75],
    [{ type: "float" }, "0.75", 0.75],
    [{ type: "integer" }, 3, 3],
    [{ type: "integer" }, "7", 7],
    [{}, 0.5, "0.5"],
    [{}, "text", "text"],
    [{ type: "flag" }, true, true],
    [{ type: "flag" }, 0, false],
    [{ type: "integer", multiple: "repeat" }, [1, 2], [1, 2]],
    [{ type: "integer", multiple: "repeat" }, 5, [5]],
    [{ optional: true }, undefined, undefined],
    [{ optional: true, default: "kept" }, undefined, "kept"],
    [{ optional: true, default: "kept" }, null, "kept"],
  ])("%j of %j is %j", (own, value, expected) => {
    expect(resolved(take(own), edges, { metadata: value === undefined ? {} : { auc: value } }).parameters.x).toEqual(
      expected,
    );
  });

  test.each<[Partial<Parameter>, Record<string, unknown>, string]>([
    [{ type: "float" }, { acc: 1, loss: 2 }, 'node "from" printed no metadata "auc"; it printed "acc", "loss"'],
    [{ type: "float", default: 0.5 }, { acc: 1 }, 'node "from" printed no metadata "auc"; it printed "acc"'],
    [{ type: "float" }, {}, 'node "from" printed no metadata, so there is no "auc"'],
    [{ type: "float" }, { auc: null }, 'node "from" printed no metadata "auc"; it printed "auc"'],
    [{ type: "integer" }, { auc: 0.5 }, "0.5 is not an integer"],
    [{ type: "float" }, { auc: "high" }, '"high" is not a floating-point number'],
    [{ type: "float", max: 1 }, { auc: 2 }, "2 is greater than the maximum allowed (1)"],
    [{ type: "float" }, { auc: [0.1, 0.2] }, "only a single value is allowed, not a list of 2 (`multiple` is not set)"],
    [{}, { auc: { a: 1 } }, "an object is not a single value"],
  ])("%j cannot take %j", (own, metadata, reason) => {
    expect(resolve(take(own), edges, { metadata })).toEqual({
      ok: false,
      message: `edge from.metadata.auc → to.parameter.x: ${reason}`,
    });
  });

  test("keys with dots, and nothing that is inherited", () => {
    expect(
      resolved(take({ type: "float" }), [edge("from.metadata.val.auc", "to.parameter.x")], {
        metadata: { "val.auc": 1 },
      }).parameters.x,
    ).toBe(1);
    expect(resolve(take({}), [edge("from.metadata.constructor", "to.parameter.x")], { metadata: {} })).toMatchObject({
      ok: false,
    });
  });
});

describe("parameters and variables over edges", () => {
  test("a parameter is copied and typed anew", () => {
    const target = { parameters: [parameter("n", { default: "0" })] };
    const source = { parameters: [parameter("n", { type: "integer", default: 1 })] };
    const edges = [edge("from.parameter.n", "to.parameter.n")];
    expect(resolved(target, edges, { parameters: { n: 5 } }, source).parameters).toEqual({ n: "5" });
    expect(resolved(target, edges, {}, source).parameters).toEqual({ n: "0" });
  });

  test("a required parameter whose source had none", () => {
    const result = resolve(
      { parameters: [parameter("n")] },
      [edge("from.parameter.m", "to.parameter.n")],
      {},
      { parameters: [parameter("m", { optional: true })] },
    );
    expect(result).toEqual({
      ok: false,
      message: 'edge from.parameter.m → to.parameter.n: node "from" ran without a value for parameter "m"',
    });
  });

  test("an environment variable is copied; a missing one matters only where it is required", () => {
    const source = { environmentVariables: [{ name: "V", optional: true }] };
    const edges = [edge("from.environment-variable.V", "to.environment-variable.W")];
    const variables = (optional: boolean, from: Partial<NodeResult>) =>
      resolve({ environmentVariables: [{ name: "W", optional }] }, edges, from, source);
    expect(variables(false, { environmentVariables: { V: "v" } })).toMatchObject({
      resolved: { environmentVariables: { W: "v" } },
    });
    expect(variables(true, {})).toMatchObject({ resolved: { environmentVariables: {} } });
    expect(variables(false, {})).toEqual({
      ok: false,
      message: 'edge from.environment-variable.V → to.environment-variable.W: node "from" ran without a value for "V"',
    });
  });
});

test("resolving is deterministic: the order of outputs does not matter", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-c/.]{1,5}$/), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(names, fc.constantFrom("*", "a*", "*.b", "a"), (list, pattern) => {
      const run = (files: readonly string[]) =>
        resolve({ inputs: [input("data")] }, [edge(`from.output.${pattern}`, "to.input.data")], {
          outputs: files.map((name) => file(name)),
        });
      expect(run(list)).toEqual(run(list.toReversed()));
    }),
  );
});
