import { describe, expect, test } from "vitest";
import type { Pipeline, PipelineNode, SubPipelineNode } from "../config/index.ts";
import {
  action,
  config,
  edge,
  input,
  node,
  nodeOf,
  parameter,
  pipeline,
  pipelineParameter,
  planOf,
  problemsOf,
  request,
  socket,
  step,
} from "./fixtures/configs.ts";
import type { NodeCommit } from "./node-commits.ts";
import { commitsOfNodes } from "./node-commits.ts";
import { planRun } from "./plan-run.ts";

const STEPS = [
  step("load"),
  step("clean", {
    inputs: [input("raw"), input("extra", { optional: true, default: ["step.csv"] })],
    parameters: [parameter("region", { default: "none" }), parameter("rate", { type: "float", default: 0.5 })],
  }),
  step("train", { inputs: [input("data")] }),
  step("compare", {
    inputs: [input("models", { optional: true })],
    parameters: [parameter("auc", { optional: true })],
  }),
];

const REGION = pipeline(
  [node("clean"), node("train", { onError: undefined } as never)],
  [edge("clean.output.*", "train.input.data")],
  {
    name: "region",
    parameters: [pipelineParameter("region", ["clean.parameter.region"], { default: "nowhere" })],
    inputs: [
      { name: "raw", targets: [socket("clean.input.raw")], default: [] },
      { name: "extra", targets: [socket("clean.input.extra")], default: ["pipeline.csv"] },
    ],
    outputs: [
      { name: "model", source: socket("train.output.*.pkl") },
      { name: "auc", source: socket("train.metadata.auc") },
    ],
  },
);

function sub(name: string, of: string, own: Partial<SubPipelineNode> = {}): SubPipelineNode {
  return { type: "pipeline", name, pipeline: of, actions: [], ...own };
}

function world(
  nodes: readonly PipelineNode[],
  edges: readonly (readonly [string, string])[],
  own: Partial<Pipeline> = {},
) {
  const main = pipeline(
    [node("load"), ...nodes, node("compare")],
    edges.map(([source, target]) => edge(source, target)),
    { name: "world", ...own },
  );
  return config(STEPS, REGION, main);
}

const EU = world(
  [sub("eu", "region")],
  [
    ["load.output.*", "eu.input.raw"],
    ["eu.output.model", "compare.input.models"],
    ["eu.metadata.auc", "compare.parameter.auc"],
  ],
);

describe("a node that runs a pipeline", () => {
  test("stands as the nodes of that pipeline, joined by its sockets", () => {
    const plan = planOf(EU, request("world"));
    expect(plan.nodes.map(({ name, group, dependsOn }) => ({ name, group, dependsOn }))).toEqual([
      { name: "load", dependsOn: [] },
      { name: "eu.clean", group: "eu", dependsOn: ["load"] },
      { name: "eu.train", group: "eu", dependsOn: ["eu.clean"] },
      { name: "compare", dependsOn: ["eu.train"] },
    ]);
    expect(plan.groups).toEqual([{ name: "eu", pipeline: "region" }]);
    const compare = plan.nodes.at(-1);
    expect(compare?.inputs[0]?.sources).toEqual([{ kind: "output", node: "eu.train", pattern: "*.pkl" }]);
    expect(compare?.parameterEdges).toEqual([
      { parameter: "auc", from: { kind: "metadata", node: "eu.train", key: "auc" } },
    ]);
  });

  test("may stand there twice, each time with other values, and within another", () => {
    const both = pipeline(
      [
        sub("eu", "region", { override: { inputs: [], parameters: [{ name: "region", default: "eu" }] } }),
        sub("us", "region"),
      ],
      [],
      {
        name: "both",
        inputs: [{ name: "raw", targets: [socket("eu.input.raw"), socket("us.input.raw")], default: ["raw.csv"] }],
        parameters: [pipelineParameter("other", ["us.parameter.region"], { default: "us" })],
        outputs: [{ name: "eu-model", source: socket("eu.output.model") }],
      },
    );
    const outer = pipeline([sub("all", "both")], [], {
      name: "outer",
      outputs: [{ name: "model", source: socket("all.output.eu-model"), description: "of Europe" }],
    });
    const plan = planOf(config(STEPS, REGION, both, outer), request("outer"));
    expect(plan.groups).toEqual([
      { name: "all", pipeline: "both" },
      { name: "all.eu", pipeline: "region", parent: "all" },
      { name: "all.us", pipeline: "region", parent: "all" },
    ]);
    expect(plan.nodes.map(({ name, parameters }) => [name, parameters.region])).toEqual([
      ["all.eu.clean", "eu"],
      ["all.eu.train", undefined],
      ["all.us.clean", "us"],
      ["all.us.train", undefined],
    ]);
    expect(plan.nodes[0]?.inputs[0]?.sources).toEqual([{ kind: "uri", uri: "raw.csv" }]);
    expect(plan.outputs).toEqual([
      { name: "model", description: "of Europe", node: "all.eu.train", kind: "output", key: "*.pkl" },
    ]);
    expect(plan.parameters).toEqual({ "all.eu.region": "eu", "all.us.region": "us", "all.other": "us" });
  });

  test("joins its first and last nodes by a dependency", () => {
    const plan = planOf(
      world(
        [sub("eu", "region"), sub("us", "region")],
        [
          ["load.dependency.x", "eu.dependency.x"],
          ["eu.dependency.x", "us.dependency.x"],
        ],
      ),
      request("world", { inputs: [{ name: "raw", uris: ["a"] }] }),
    );
    const after = Object.fromEntries(plan.nodes.map(({ name, dependsOn }) => [name, dependsOn]));
    expect(after).toMatchObject({ "eu.clean": ["load"], "us.clean": ["eu.train"], compare: [] });
  });

  test("gives its rules to those of its nodes that have none", () => {
    const [, clean, train] = planOf(
      world([sub("eu", "region", { onError: "continue" })], [["load.output.*", "eu.input.raw"]]),
      request("world"),
    ).nodes;
    expect([clean?.onError, train?.onError]).toEqual(["stop-all", "continue"]);
  });

  test("says of its nodes that they never use earlier results where its pipeline says so", () => {
    const never = { ...REGION, reuseExecutions: false };
    const main = pipeline([node("load"), sub("eu", "region")], [edge("load.output.*", "eu.input.raw")], {
      name: "main",
    });
    const plan = planOf(config(STEPS, never, main), request("main"));
    expect(plan.nodes.map(({ alwaysRuns }) => alwaysRuns)).toEqual([undefined, "pipeline", "pipeline"]);
    const fresh = planOf(EU, request("world", { fresh: ["eu"] }));
    expect(fresh.nodes.map(({ alwaysRuns }) => alwaysRuns)).toEqual([undefined, "forced", "forced", undefined]);
  });
});

describe("values", () => {
  const own = { parameters: [pipelineParameter("where", ["eu.parameter.region"], { default: "outer" })] };
  const given = world([sub("eu", "region")], [["load.output.*", "eu.input.raw"]], own);
  const region = (parameters: Readonly<Record<string, string>>) => {
    const plan = planOf(
      given,
      request("world", { parameters: Object.entries(parameters).map(([name, value]) => ({ name, values: [value] })) }),
    );
    return [plan.nodes.find(({ name }) => name === "eu.clean")?.parameters.region, plan.parameters["eu.region"]];
  };

  test("of the outer pipeline go before defaults, and what is given before both, the inner first", () => {
    expect(region({})).toEqual(["outer", "outer"]);
    expect(region({ where: "given" })).toEqual(["given", "given"]);
    expect(region({ "eu.region": "inner" })).toEqual(["inner", "inner"]);
    expect(region({ where: "given", "eu.region": "inner" })).toEqual(["inner", "inner"]);
    expect(region({ "eu.region": "inner", "eu.clean.region": "node" })).toEqual(["node", "inner"]);
  });

  test("that an edge brings are not recorded beforehand", () => {
    const plan = planOf(
      world(
        [sub("eu", "region")],
        [
          ["load.output.*", "eu.input.raw"],
          ["load.metadata.best", "eu.parameter.region"],
        ],
      ),
      request("world"),
    );
    expect(plan.parameters).toEqual({});
    expect(plan.nodes[1]?.parameterEdges).toEqual([
      { parameter: "region", from: { kind: "metadata", node: "load", key: "best" } },
    ]);
  });
});

describe("the inputs of a pipeline", () => {
  const sources = (inputs: Readonly<Record<string, string>>, target = "world", name = "eu.clean") =>
    nodeOf(
      EU,
      request(target, { inputs: Object.entries(inputs).map(([key, uri]) => ({ name: key, uris: [uri] })) }),
      name,
    ).inputs.map((each) => each.sources.map((source) => ("uri" in source ? source.uri : source.kind)).join());

  test("hand their defaults on, and what is given in their place", () => {
    expect(sources({})).toEqual(["output", "pipeline.csv"]);
    expect(sources({ "eu.extra": "given.csv" })).toEqual(["output", "given.csv"]);
    expect(sources({ "eu.clean.extra": "node.csv", "eu.extra": "given.csv" })).toEqual(["output", "node.csv"]);
    expect(sources({ raw: "a.csv" }, "region", "clean")).toEqual(["a.csv", "pipeline.csv"]);
  });

  test("are named where one is missing", () => {
    expect(problemsOf(planRun(EU, request("region")))).toEqual([
      'node clean: input "raw" is required but has no edge, no default, and no file is given | give it with the option input “raw=URI”',
    ]);
    expect(problemsOf(planRun(world([sub("eu", "region")], []), request("world")))).toEqual([
      'node eu.clean (step clean): input "raw" is required but has no edge, no default, and no file is given | give it with the option input “eu.raw=URI”',
    ]);
  });
});

test("a pipeline gives its runs a title and tags with the values of its parameters", () => {
  const own = {
    title: "World {parameter-value:where}, {parameter-value:gone}",
    tags: ["{parameter-value:where}", " ", "nightly"],
    parameters: [pipelineParameter("where", ["eu.parameter.region"], { default: "asia" })],
  };
  const plan = planOf(world([sub("eu", "region")], [["load.output.*", "eu.input.raw"]], own), request("world"));
  expect([plan.title, plan.tags]).toEqual(["World asia, {parameter-value:gone}", ["asia", "nightly"]]);
});

describe("what cannot be", () => {
  const problems = (nodes: readonly PipelineNode[], ...edges: readonly (readonly [string, string])[]) =>
    problemsOf(planRun(world(nodes, [["load.output.*", "eu.input.raw"], ...edges]), request("world")));

  test.each([
    [
      "eu.output.modle",
      "compare.input.models",
      'pipeline region has no output of files "modle" | did you mean "model"?',
    ],
    ["eu.output.auc", "compare.input.models", 'pipeline region has no output of files "auc" | it is eu.metadata.auc'],
    [
      "eu.environment-variable.X",
      "compare.environment-variable.X",
      "node eu runs a pipeline, and has no eu.environment-variable.X | the sockets of such a node are the inputs, parameters and outputs of its pipeline",
    ],
    ["load.output.*", "eu.input.rwa", 'pipeline region has no input "rwa" | did you mean "raw"?'],
  ])("an edge from %s to %s", (source, target, message) => {
    expect(problems([sub("eu", "region")], [source, target])).toEqual([`edge ${source} → ${target}: ${message}`]);
  });

  test("an unknown pipeline, actions, and overrides of nothing", () => {
    expect(problems([sub("eu", "regon")])).toEqual([
      'node eu: there is no pipeline named "regon" | did you mean "region"?',
    ]);
    const override = { inputs: [{ name: "row", default: [] }], parameters: [{ name: "regio" }] };
    const actions = [action("node-starting", [], ["require-approval"])];
    expect(problems([sub("eu", "region", { actions, override })])).toEqual([
      "node eu: a node that runs a pipeline has no actions of its own | give them to the nodes of pipeline region at which they are due",
      'node eu: pipeline region has no input "row" to override | did you mean "raw"?',
      'node eu: pipeline region has no parameter "regio" to override | did you mean "region"?',
    ]);
  });

  test("pipelines that run each other, or stand too deep", () => {
    const [a, b] = [pipeline([sub("x", "b")], [], { name: "a" }), pipeline([sub("y", "a")], [], { name: "b" })];
    expect(problemsOf(planRun(config(STEPS, a, b), request("a")))).toEqual([
      "node x.y: the pipeline runs itself: a → b → a | run another pipeline there",
    ]);
    const deep = Array.from({ length: 12 }, (_, index) =>
      pipeline([index === 11 ? node("load") : sub("n", `p${index + 1}`)], [], { name: `p${index}` }),
    );
    expect(problemsOf(planRun(config(STEPS, ...deep), request("p0")))[0]).toContain(
      "more than 10 pipelines stand within each other",
    );
  });

  test("two nodes that end up with one name", () => {
    expect(problems([sub("eu", "region"), node("eu.clean", { step: "load" })])).toEqual([
      'pipeline world has two nodes named "eu.clean" | node names must differ',
    ]);
    expect(problems([sub("eu", "region"), sub("eu", "region")])).toEqual([
      'pipeline world has two nodes named "eu" | node names must differ',
    ]);
  });

  test("an output of a node that is not there", () => {
    const main = pipeline([node("load")], [], { name: "m", outputs: [{ name: "o", source: socket("lod.output.x") }] });
    expect(problemsOf(planRun(config(STEPS, main), request("m")))).toEqual([
      'pipeline output "o": there is no node "lod" | did you mean "load"?',
    ]);
  });
});

describe("a pipeline of another commit", () => {
  const main = pipeline([sub("eu", "region", { commit: "v1" })], [], { name: "main" });
  const inner = pipeline([node("load"), sub("deep", "region", { commit: "v0" })], [], { name: "region" });
  const v1: NodeCommit = { ok: true, commit: "1".repeat(40), config: config(STEPS, inner) };
  const v0: NodeCommit = {
    ok: true,
    commit: "0".repeat(40),
    config: config([step("load")], pipeline([node("load")], [], { name: "region" })),
  };

  test("is read from there, and so are those that it runs", () => {
    const today = config([], main);
    const wanted = request("main");
    expect(commitsOfNodes(today, wanted)).toEqual(["v1"]);
    expect(commitsOfNodes(today, wanted, new Map([["v1", v1]]))).toEqual(["v1", "v0"]);
    const result = planRun(today, wanted, {
      commits: new Map([
        ["v1", v1],
        ["v0", v0],
      ]),
    });
    expect(problemsOf(result)).toEqual([]);
    expect(result.ok && result.plan.nodes.map(({ name, commit }) => [name, commit])).toEqual([
      ["eu.load", "1".repeat(40)],
      ["eu.deep.load", "0".repeat(40)],
    ]);
    expect(result.ok && result.plan.groups).toEqual([
      { name: "eu", pipeline: "region", commit: "v1" },
      { name: "eu.deep", pipeline: "region", commit: "v0", parent: "eu" },
    ]);
  });

  test("is refused from a library, or where it cannot be read", () => {
    const library = pipeline([sub("eu", "region", { commit: "library:valohai/x" })], [], { name: "main" });
    expect(problemsOf(planRun(config([], library), request("main")))).toEqual([
      "node eu: pipelines of a library (library:valohai/x) are not supported by this version | copy the pipeline into the file, and remove `commit` from the node",
    ]);
    const gone: NodeCommit = { ok: false, message: "there is no commit v1" };
    expect(problemsOf(planRun(config([], main), request("main"), { commits: new Map([["v1", gone]]) }))).toEqual([
      "node eu: there is no commit v1",
    ]);
  });
});
