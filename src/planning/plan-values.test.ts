import { describe, expect, test } from "vitest";
import {
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
  step,
} from "./fixtures/configs.ts";
import type { ParameterAssignment } from "./plan.ts";
import { planRun } from "./plan-run.ts";
import { commandOf } from "./resolve-node.ts";

const set = (name: string, ...values: string[]): ParameterAssignment => ({ name, values });
const setIn = (owner: string, name: string, ...values: string[]): ParameterAssignment => ({
  node: owner,
  name,
  values,
});

const train = step("train", {
  parameters: [
    parameter("epochs", { type: "integer", default: 5, min: 1 }),
    parameter("rate", { type: "float", default: 0.1 }),
    parameter("verbose", { type: "flag", optional: true, default: true }),
    parameter("debug", { type: "flag", optional: true }),
    parameter("layers", { type: "integer", multiple: "repeat", default: [1, 2] }),
    parameter("note", { optional: true }),
  ],
});

describe("parameters of a step", () => {
  const single = config([train]);

  test("defaults, those of flags included; what has none is left out", () => {
    expect(nodeOf(single, request("train"), "train").parameters).toEqual({
      epochs: 5,
      rate: 0.1,
      verbose: true,
      layers: [1, 2],
    });
  });

  test("a default is typed, so that every spelling of one value is one value and one command", () => {
    const rate = step("s", { parameters: [parameter("rate", { type: "float", default: "1e-5" })] });
    const other = step("s", { parameters: [parameter("rate", { type: "float", default: 1 })] });
    const single = (of: typeof rate) => config([of]);
    const piped = config(
      [rate],
      pipeline([node("s")], [], {
        parameters: [pipelineParameter("rate", ["s.parameter.rate"], { default: 0.00001 })],
      }),
    );
    const spellings = [
      nodeOf(single(rate), request("s"), "s"),
      nodeOf(single(rate), request("s", { parameters: [set("rate", "1e-5")] }), "s"),
      nodeOf(single(rate), request("s", { parameters: [set("rate", "0.00001")] }), "s"),
      nodeOf(piped, request("pipe"), "s"),
    ];
    for (const planned of spellings) {
      expect(planned.parameters).toEqual({ rate: 0.00001 });
      expect(commandOf(planned, planned.parameters)).toEqual(["python s.py --rate=1e-5"]);
    }
    const requested = nodeOf(single(other), request("s", { parameters: [set("rate", "1e-5")] }), "s");
    expect(commandOf(requested, requested.parameters)).toEqual(["python s.py --rate=1e-05"]);
  });

  test("requested texts are typed, in declaration order", () => {
    const wanted = request("train", {
      parameters: [set("note", "x"), set("layers", "7", "8"), set("verbose", "no"), set("epochs", "9")],
    });
    const { parameters } = nodeOf(single, wanted, "train");
    expect(parameters).toEqual({ epochs: 9, rate: 0.1, verbose: false, layers: [7, 8], note: "x" });
    expect(Object.keys(parameters)).toEqual(["epochs", "rate", "verbose", "layers", "note"]);
  });

  test("the step's own name may stand before the parameter", () => {
    expect(
      nodeOf(single, request("train", { parameters: [setIn("train", "epochs", "2")] }), "train").parameters.epochs,
    ).toBe(2);
  });

  test("names with dots", () => {
    const dotted = config([step("s", { parameters: [parameter("model.depth", { type: "integer", default: 1 })] })]);
    expect(nodeOf(dotted, request("s", { parameters: [set("model.depth", "3")] }), "s").parameters).toEqual({
      "model.depth": 3,
    });
    expect(nodeOf(dotted, request("s", { parameters: [setIn("model", "depth", "3")] }), "s").parameters).toEqual({
      "model.depth": 3,
    });
  });

  test("a single default of a multiple parameter is a list", () => {
    const many = config([step("s", { parameters: [parameter("x", { multiple: "separate", default: "a" })] })]);
    expect(nodeOf(many, request("s"), "s").parameters).toEqual({ x: ["a"] });
  });

  test("names that JavaScript's objects know are ordinary names", () => {
    const odd = config([
      step("s", { parameters: [parameter("__proto__", { default: "p" }), parameter("constructor", { default: "c" })] }),
    ]);
    const { parameters } = nodeOf(odd, request("s", { parameters: [set("constructor", "d")] }), "s");
    expect(Object.entries(parameters)).toEqual([
      ["__proto__", "p"],
      ["constructor", "d"],
    ]);
  });

  test("everything that is wrong is reported at once", () => {
    const strict = config([
      step("s", { parameters: [parameter("path"), parameter("epochs", { type: "integer", default: 1, max: 5 })] }),
    ]);
    const wanted = request("s", { parameters: [set("epoch", "1"), set("epochs", "abc"), setIn("other", "x", "1")] });
    expect(problemsOf(planRun(strict, wanted))).toEqual([
      'step s has no parameter "epoch" | did you mean "epochs"?',
      'step s has no parameter "other.x" | known: "path", "epochs"',
      'step s, parameter "epochs": "abc" is not an integer',
      'step s: parameter "path" is required and has no value | give it with the option parameter “path=…”, or make it optional',
    ]);
  });

  test.each([
    [
      request("s", { parameters: [set("x", "1")], inputs: [{ name: "i", uris: ["a"] }] }),
      ['step s has no parameter "x" | it has no parameters', 'step s has no input "i" | it has no inputs'],
    ],
    [request("p", { parameters: [set("x", "1")] }), ['pipeline p has no parameter "x" | known: "a.rate"']],
    [
      request("none", { parameters: [set("x", "1")] }),
      ['pipeline none has no parameter "x" | it has no parameters, and none of its nodes has any'],
    ],
  ])("what there is instead is said also where there is nothing: %#", (wanted, problems) => {
    const steps = [step("s"), step("t", { parameters: [parameter("rate", { default: "1" })] })];
    expect(
      problemsOf(
        planRun(
          config(
            steps,
            pipeline([node("a", { step: "t" })], [], { name: "p" }),
            pipeline([node("a", { step: "s" })], [], { name: "none" }),
          ),
          wanted,
        ),
      ),
    ).toEqual(problems);
  });

  test("an empty default is a value", () => {
    expect(planRun(config([step("s", { parameters: [parameter("x", { default: "" })] })]), request("s")).ok).toBe(true);
  });
});

describe("parameters of a pipeline", () => {
  const evaluate = step("evaluate", {
    parameters: [parameter("epochs", { default: "all" }), parameter("threshold", { type: "float" })],
  });
  const pipe = (...parameters: ReturnType<typeof pipelineParameter>[]) =>
    config(
      [train, evaluate],
      pipeline(
        [
          node("train"),
          node("evaluate", { override: { parameters: [parameter("threshold", { type: "float", default: 0.5 })] } }),
        ],
        [],
        { parameters },
      ),
    );

  test("one parameter with several targets, typed as each of them", () => {
    const plan = planOf(
      pipe(pipelineParameter("epochs", ["train.parameter.epochs", "evaluate.parameter.epochs"])),
      request("pipe", { parameters: [set("epochs", "7")] }),
    );
    expect(plan.parameters).toEqual({ epochs: 7 });
    expect(plan.nodes.map((item) => item.parameters.epochs)).toEqual([7, "7"]);
  });

  test("a default of the pipeline outranks the step's, a word for the node outranks both", () => {
    const shared = pipe(pipelineParameter("epochs", ["train.parameter.epochs"], { default: 3 }));
    expect(nodeOf(shared, request("pipe"), "train").parameters.epochs).toBe(3);
    expect(planOf(shared, request("pipe")).parameters).toEqual({ epochs: 3 });
    expect(
      nodeOf(shared, request("pipe", { parameters: [setIn("train", "epochs", "8")] }), "train").parameters.epochs,
    ).toBe(8);
  });

  test("without a value the step's default stays", () => {
    const open = pipe(pipelineParameter("epochs", ["train.parameter.epochs"]));
    expect(nodeOf(open, request("pipe"), "train").parameters.epochs).toBe(5);
    expect(planOf(open, request("pipe")).parameters).toEqual({});
  });

  test("lists", () => {
    const layers = pipe(pipelineParameter("layers", ["train.parameter.layers"], { default: [3, 4] }));
    expect(nodeOf(layers, request("pipe"), "train").parameters.layers).toEqual([3, 4]);
    expect(
      nodeOf(layers, request("pipe", { parameters: [set("layers", "5", "6")] }), "train").parameters.layers,
    ).toEqual([5, 6]);
  });

  test("a parameter without targets is kept and warned of when it is set", () => {
    const result = planRun(
      pipe(pipelineParameter("loose", [])),
      request("pipe", { parameters: [set("loose", "a", "b")] }),
    );
    expect(result).toMatchObject({
      ok: true,
      plan: { parameters: { loose: ["a", "b"] } },
      warnings: ['pipeline parameter "loose" has no target; its value goes nowhere'],
    });
  });

  test("targets that do not exist and values that do not fit", () => {
    const broken = pipe(
      pipelineParameter("a", ["trian.parameter.epochs"]),
      pipelineParameter("b", ["train.parameter.epoch"]),
      pipelineParameter("c", ["train.parameter.epochs"], { default: "many" }),
      pipelineParameter("d", ["train.parameter.rate"]),
    );
    expect(problemsOf(planRun(broken, request("pipe", { parameters: [set("d", "fast")] })))).toEqual([
      'pipeline parameter "a": there is no node "trian" | did you mean "train"?',
      'pipeline parameter "b": node train has no parameter "epoch" | did you mean "epochs"?',
      'default of pipeline parameter "c": "many" is not an integer',
      'pipeline parameter "d": "fast" is not a floating-point number',
    ]);
  });

  test.each([
    [set("epoch", "1"), 'pipeline pipe has no parameter "epoch" | did you mean "epochs"?'],
    [set("rate", "1"), 'pipeline pipe has no parameter "rate" | it belongs to a node: say train.rate'],
    [set("zzzzzzz", "1"), 'pipeline pipe has no parameter "zzzzzzz" | known: "epochs"'],
    [
      setIn("trian", "epochs", "1"),
      'parameter "trian.epochs": there is no node "trian" in pipeline pipe | did you mean "train"?',
    ],
    [setIn("train", "epoch", "1"), 'node train has no parameter "epoch" | did you mean "epochs"?'],
    [setIn("train", "epochs", "0"), 'node train, parameter "epochs": 0 is less than the minimum allowed (1)'],
  ])("%j is refused", (assignment, problem) => {
    expect(
      problemsOf(planRun(pipe(pipelineParameter("epochs", [])), request("pipe", { parameters: [assignment] }))),
    ).toEqual([problem]);
  });

  test("a pipeline's own parameter may have a dot in its name", () => {
    const dotted = pipe(pipelineParameter("train.epochs", ["train.parameter.epochs"]));
    expect(
      nodeOf(dotted, request("pipe", { parameters: [setIn("train", "epochs", "4")] }), "train").parameters.epochs,
    ).toBe(4);
  });

  test("a required parameter is satisfied by an edge, not by an edge that was refused twice", () => {
    const steps = [step("a"), step("b", { parameters: [parameter("auc", { type: "float" })] })];
    const nodes = [node("a"), node("b", { step: "b" })];
    expect(
      nodeOf(config(steps, pipeline(nodes, [edge("a.metadata.auc", "b.parameter.auc")])), request("pipe"), "b"),
    ).toMatchObject({
      parameters: {},
      parameterEdges: [{ parameter: "auc", from: { kind: "metadata", node: "a", key: "auc" } }],
      dependsOn: ["a"],
    });
    expect(problemsOf(planRun(config(steps, pipeline(nodes)), request("pipe")))).toEqual([
      'node b: parameter "auc" is required and has no value | give it with the option parameter “b.auc=…”, or make it optional',
    ]);
    expect(
      problemsOf(planRun(config(steps, pipeline(nodes, [edge("x.metadata.auc", "b.parameter.auc")])), request("pipe"))),
    ).toEqual(['edge x.metadata.auc → b.parameter.auc: there is no node "x" | known: "a", "b"']);
  });

  test("what the user says for this run outranks an edge; a mere default of the pipeline does not", () => {
    const steps = [step("a"), step("b", { parameters: [parameter("auc", { type: "float" })] })];
    const edges = [edge("a.metadata.auc", "b.parameter.auc")];
    const shared = config(
      steps,
      pipeline([node("a"), node("b")], edges, {
        parameters: [pipelineParameter("auc", ["b.parameter.auc"], { default: 0.5 })],
      }),
    );
    expect(nodeOf(shared, request("pipe"), "b").parameterEdges).toHaveLength(1);
    for (const assignment of [set("auc", "0.9"), setIn("b", "auc", "0.9")]) {
      const result = planRun(shared, request("pipe", { parameters: [assignment] }));
      expect(result.warnings).toEqual([
        "edge a.metadata.auc → b.parameter.auc: the value given for this run takes its place",
      ]);
      expect(result.ok && result.plan.nodes[1]).toMatchObject({
        parameters: { auc: 0.9 },
        parameterEdges: [],
        dependsOn: ["a"],
      });
    }
  });
});

describe("environment variables", () => {
  const steps = [
    step("a", { environmentVariables: [{ name: "MODE", default: "full", optional: true }] }),
    step("b", {
      environmentVariables: [
        { name: "MODE", optional: false },
        { name: "LEVEL", default: "1", optional: true },
      ],
    }),
  ];

  test("step defaults under what the request sets, for every node", () => {
    const plan = planOf(
      config(steps, pipeline([node("a"), node("b")])),
      request("pipe", { environmentVariables: { MODE: "fast", EXTRA: "x" } }),
    );
    expect(plan.nodes.map((item) => item.environmentVariables)).toEqual([
      { MODE: "fast", EXTRA: "x" },
      { MODE: "fast", EXTRA: "x", LEVEL: "1" },
    ]);
  });

  test("a required variable needs a value from somewhere", () => {
    expect(problemsOf(planRun(config(steps, pipeline([node("a"), node("b")])), request("pipe")))).toEqual([
      'node b: environment variable "MODE" is required and has no value | give it with the option variable “MODE=…”, or a default in the step',
    ]);
    const joined = config(
      steps,
      pipeline([node("a"), node("b")], [edge("a.environment-variable.MODE", "b.environment-variable.MODE")]),
    );
    expect(nodeOf(joined, request("pipe"), "b").environmentVariableEdges).toEqual([
      { name: "MODE", node: "a", source: "MODE" },
    ]);
    const result = planRun(joined, request("pipe", { environmentVariables: { MODE: "x" } }));
    expect(result).toMatchObject({
      ok: true,
      warnings: [
        "edge a.environment-variable.MODE → b.environment-variable.MODE: the value given for this run takes its place",
      ],
    });
  });
});

describe("inputs", () => {
  const uri = (text: string) => ({ kind: "uri", uri: text });
  const consume = step("consume", {
    inputs: [
      input("data"),
      input("extra", { optional: true, default: ["extra.csv"], keepDirectories: "full", filename: "e.csv" }),
    ],
  });

  test("of a single step", () => {
    const planned = nodeOf(
      config([consume]),
      request("consume", { inputs: [{ name: "data", uris: ["a.csv", "b.csv"] }] }),
      "consume",
    );
    expect(planned.inputs).toEqual([
      { name: "data", optional: false, keepDirectories: "none", sources: [uri("a.csv"), uri("b.csv")] },
      { name: "extra", optional: true, keepDirectories: "full", filename: "e.csv", sources: [uri("extra.csv")] },
    ]);
  });

  test("a required input without anything is a problem that names step or node", () => {
    expect(problemsOf(planRun(config([consume]), request("consume")))).toEqual([
      'step consume: input "data" is required but has no default and no file is given | give it with the option input “data=URI”',
    ]);
    expect(problemsOf(planRun(config([consume], pipeline([node("n", { step: "consume" })])), request("pipe")))).toEqual(
      [
        'node n (step consume): input "data" is required but has no edge, no default, and no file is given | give it with the option input “n.data=URI”',
      ],
    );
  });

  test("an empty assignment takes the default away", () => {
    const withDefault = config([step("s", { inputs: [input("data", { default: ["x"] })] })]);
    expect(problemsOf(planRun(withDefault, request("s", { inputs: [{ name: "data", uris: [" "] }] })))).toEqual([
      'step s: input "data" is required but has no default and no file is given | give it with the option input “data=URI”',
    ]);
  });

  const edges = [edge("make.output.*.csv", "consume.input.data"), edge("make.input.raw", "consume.input.extra")];
  const steps = [step("make", { inputs: [input("raw", { default: ["raw.csv"] })] }), consume];

  test("edges take the place of defaults, or follow them", () => {
    const sources = (mode: "replace" | "append") =>
      nodeOf(
        config(steps, pipeline([node("make"), node("consume", { edgeMergeMode: mode })], edges)),
        request("pipe"),
        "consume",
      ).inputs.map((item) => item.sources);
    const made = { kind: "output", node: "make", pattern: "*.csv" };
    const passed = { kind: "input", node: "make", pattern: "raw" };
    expect(sources("replace")).toEqual([[made], [passed]]);
    expect(sources("append")).toEqual([[made], [uri("extra.csv"), passed]]);
  });

  test("a file that the user names for the node takes the place of the edge; appending, it stands before it", () => {
    const wanted = request("pipe", { inputs: [{ node: "consume", name: "data", uris: ["mine.csv"] }] });
    const replaced = planRun(config(steps, pipeline([node("make"), node("consume")], edges)), wanted);
    expect(replaced.warnings).toEqual([
      "edge make.output.*.csv → consume.input.data: the input given for this run takes its place",
    ]);
    expect(replaced.ok && replaced.plan.nodes[1]).toMatchObject({
      dependsOn: ["make"],
      inputs: [{ sources: [uri("mine.csv")] }, {}],
    });
    const appended = planRun(
      config(steps, pipeline([node("make"), node("consume", { edgeMergeMode: "append" })], edges)),
      wanted,
    );
    expect(appended.warnings).toEqual([]);
    expect(appended.ok && appended.plan.nodes[1]?.inputs[0]?.sources).toEqual([
      uri("mine.csv"),
      { kind: "output", node: "make", pattern: "*.csv" },
    ]);
  });

  test("a bare name feeds every node that takes such an input from outside", () => {
    const three = config(
      steps,
      pipeline(
        [node("make"), node("consume"), node("more", { step: "consume" }), node("most", { step: "consume" })],
        edges,
      ),
    );
    const plan = planOf(
      three,
      request("pipe", {
        inputs: [
          { name: "data", uris: ["d.csv"] },
          { name: "raw", uris: ["r.csv"] },
        ],
      }),
    );
    const first = plan.nodes.map((item) => item.inputs[0]?.sources);
    expect(first).toEqual([
      [uri("r.csv")],
      [{ kind: "output", node: "make", pattern: "*.csv" }],
      [uri("d.csv")],
      [uri("d.csv")],
    ]);
  });

  test.each([
    [
      { name: "data", uris: ["x"] },
      'input "data" of node consume is fed by an edge | to replace the edge, give the option input “consume.data=…”',
    ],
    [{ name: "date", uris: ["x"] }, 'pipeline pipe has no input "date" | did you mean "data"?'],
    [{ node: "consume", name: "date", uris: ["x"] }, 'node consume has no input "date" | did you mean "data"?'],
    [
      { node: "consum", name: "data", uris: ["x"] },
      'input "consum.data": there is no node "consum" in pipeline pipe | did you mean "consume"?',
    ],
  ])("%j is refused", (assignment, problem) => {
    expect(
      problemsOf(
        planRun(
          config(steps, pipeline([node("make"), node("consume")], edges)),
          request("pipe", { inputs: [assignment] }),
        ),
      ),
    ).toEqual([problem]);
  });

  test("an override that only names an input clears its default, so that the edge is needed", () => {
    const withDefault = [step("make"), step("s", { inputs: [input("data", { default: ["x.csv"] })] })];
    const overridden = node("s", { override: { inputs: [input("data")] } });
    expect(problemsOf(planRun(config(withDefault, pipeline([node("make"), overridden])), request("pipe")))).toEqual([
      'node s: input "data" is required but has no edge, no default, and no file is given | give it with the option input “s.data=URI”',
    ]);
    const fed = pipeline(
      [node("make"), { ...overridden, edgeMergeMode: "append" }],
      [edge("make.output.*", "s.input.data")],
    );
    expect(nodeOf(config(withDefault, fed), request("pipe"), "s").inputs[0]?.sources).toEqual([
      { kind: "output", node: "make", pattern: "*" },
    ]);
  });
});
