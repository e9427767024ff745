import { describe, expect, test } from "vitest";
import { configOfText, lintLines, pipelineWith } from "../testing/lint-lines.ts";

const NODES = "nodes: [{name: one, type: execution, step: a}, {name: two, type: execution, step: b}]";
const EDGES = "edges: [[one.output.m.pkl, two.input.in]]";
const withEdge = (source: string, target: string): string =>
  pipelineWith(`${NODES}\nedges:\n  - [${source}, ${target}]`);
const pipeline = (keys: string) => configOfText(pipelineWith(keys)).pipelines[0];
const findings = (text: string): readonly string[] => lintLines(text).map((line) => line.replace(/^\S+ /, ""));

describe("a pipeline (2.8)", () => {
  test("has its nodes with defaults", () => {
    const nodes = `nodes:
  - {name: one, type: execution, step: a}
  - {name: two, type: task, step: b}
  - {name: three, type: deployment, deployment: d}
edges: []`;
    expect(pipeline(nodes)).toEqual({
      name: "p",
      nodes: [
        { type: "execution", name: "one", step: "a", actions: [], edgeMergeMode: "replace" },
        { type: "task", name: "two", step: "b", actions: [], edgeMergeMode: "replace" },
        { type: "deployment", name: "three", deployment: "d", endpoints: [], aliases: [], actions: [] },
      ],
      edges: [],
      parameters: [],
      reuseExecutions: true,
    });
  });

  test("has every key of a node", () => {
    const keys = `reuse-executions: no
nodes:
  - name: one
    type: execution
    step: a
    on-error: retry
    edge-merge-mode: append
    override:
      command: x
      image: y
      environment: gpu
      runtime-config-preset: big
      autorestart: no
      environment-variables: [{name: E, default: "1"}]
      inputs: [{name: in}]
      parameters: [{name: k, type: integer, default: 3}]
      mounts: [/a:/b]
    actions:
      - {when: Node-Complete, if: a > 1, then: stop-pipeline}
      - {when: [node-starting, node-starting], then: [require-approval, noop]}
      - {when: node-complete, then: require-approval, timeout: 2d 1h}
      - {when: node-error, then: require-approval, timeout: 90, on-timeout: approve, remind: 4h}
edges: []`;
    expect(lintLines(pipelineWith(keys))).toEqual([]);
    expect(pipeline(keys)).toMatchObject({
      reuseExecutions: false,
      nodes: [
        {
          onError: "retry",
          edgeMergeMode: "append",
          override: {
            command: ["x"],
            image: "y",
            environment: "gpu",
            runtimeConfigPreset: "big",
            autorestart: false,
            environmentVariables: [{ name: "E", default: "1", optional: true }],
            inputs: [{ name: "in", default: [] }],
            parameters: [{ name: "k", type: "integer", default: 3 }],
            mounts: [{ source: "/a", destination: "/b" }],
          },
          actions: [
            // biome-ignore lint/suspicious/noThenProperty: the format has this key
            { when: ["node-complete"], if: ["a > 1"], then: ["stop-pipeline"] },
            // biome-ignore lint/suspicious/noThenProperty: the format has this key
            { when: ["node-starting"], if: [], then: ["require-approval", "noop"] },
            ...[
              { when: ["node-complete"], timeoutS: 176_400, onTimeout: "reject" },
              { when: ["node-error"], timeoutS: 90, onTimeout: "approve", remindS: 14_400 },
            ],
          ],
        },
      ],
    });
  });

  test("an override has only what is written", () => {
    expect(
      pipeline("nodes: [{name: one, type: execution, step: a, override: {image: x}}]\nedges: []")?.nodes[0],
    ).toMatchObject({
      override: { image: "x" },
    });
    const node = pipeline("nodes: [{name: one, type: execution, step: a, override: {inputs: []}}]\nedges: []")
      ?.nodes[0];
    expect(node).toHaveProperty("override", { inputs: [] });
  });

  test.each([
    ["nodes: []", "error missing-key: a pipeline needs `edges`; write `edges: []` where there are none"],
    ["edges: []", "error missing-key: a pipeline needs `nodes` and `edges`"],
    [
      "nodes: []\nedges: []\nconnections: []",
      "error conflicting-keys: a pipeline takes `connections`, or `nodes` and `edges`, not both",
    ],
    ["nodes: [{name: n, step: a}]\nedges: []", "error missing-key: a node needs `type`: execution, task or deployment"],
    [
      "nodes: [{name: n, step: a, type: exection}]\nedges: []",
      "error wrong-value: `type` has to be one of execution, task, deployment, not `exection` (did you mean `execution`?)",
    ],
    ["nodes: [{name: n, type: execution}]\nedges: []", "error missing-key: an execution node needs `step`"],
    ["nodes: [{name: n, type: task}]\nedges: []", "error missing-key: a task node needs `step` or `task`"],
    [
      "nodes: [{name: n, type: task, step: a, task: t}]\nedges: []",
      "error conflicting-keys: a task node takes `step` or `task`, not both",
    ],
    [
      "nodes: [{name: n, type: deployment, deployment: d, on-error: retry}]\nedges: []",
      "error wrong-value: `on-error` has to be one of stop-all, stop-next, continue, not `retry`",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, overide: {}}]\nedges: []",
      "error unknown-key: an execution node has no key `overide` (did you mean `override`?)",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, override: {time-limit: 1}}]\nedges: []",
      "error unknown-key: an override has no key `time-limit`",
    ],
    ["nodes: [a]\nedges: []", "error wrong-type: entry 1 of `nodes` has to be a mapping, not text"],
    [
      "nodes: [{name: n, type: execution, step: zz}]\nedges: []",
      "error unknown-step: there is no step `zz` (steps: a, b)",
    ],
    ["nodes: [{name: n, type: task, task: zz}]\nedges: []", "error unknown-task: there is no task `zz`"],
    [
      "nodes: [{name: n, type: execution, step: a}, {name: n, type: execution, step: b}]\nedges: []",
      "error duplicate-node: the pipeline `p` has two nodes with the name `n`",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, override: {inputs: [{name: inn}]}}]\nedges: []",
      "error unknown-override: the step `a` has no input `inn` to override (did you mean `in`?)",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, override: {parameters: [{name: zzz}]}}]\nedges: []",
      "error unknown-override: the step `a` has no parameter `zzz` to override (parameters: k)",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, override: {runtime-config-preset: x}}]\nedges: []",
      "error preset-without-environment: an override with a `runtime-config-preset` needs an `environment` beside it",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, actions: [{when: node-done, then: noop}]}]\nedges: []",
      "warning unusual-value: no moment is called `node-done`, so that this action never happens (moments: node-starting, node-complete, node-error)",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, actions: [{when: node-error, then: noop, timeout: 1h}]}]\nedges: []",
      "warning unusual-value: only `require-approval` waits for an answer, so that nothing times out",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, actions: [{when: node-error, then: require-approval, timeout: soon}]}]\nedges: []",
      'error wrong-duration: "soon" is not a duration, such as 90, 30m or 1h 30m',
    ],
    [
      "nodes: [{name: n, type: execution, step: a, actions: [{when: node-error, then: explode}]}]\nedges: []",
      "warning unusual-value: no action is called `explode`, so that it does nothing (actions: stop-pipeline, error-pipeline, require-approval, noop)",
    ],
    [
      "nodes: [{name: n, type: execution, step: a, actions: [{then: noop}]}]\nedges: []",
      "error missing-key: an action needs `when`",
    ],
    [
      "nodes: [{name: n, type: deployment, deployment: d, endpoints: [ep]}]\nedges: []",
      "warning unknown-endpoint: there is no endpoint `ep`",
    ],
  ])("%s", (keys, finding) => {
    expect(findings(pipelineWith(keys)).join("\n")).toContain(finding);
  });

  test("a node of another commit is left alone", () => {
    const keys = `nodes: [{name: n, type: execution, step: gone, commit: abc123, override: {inputs: [{name: x}]}}, {name: m, type: task, task: gone, commit: abc}]
edges: [[n.output.x, m.input.y], [n.parameter.x, m.parameter.y]]
parameters: [{name: q, target: n.parameter.z}]`;
    expect(lintLines(pipelineWith(keys))).toEqual([]);
  });
});

describe("edges", () => {
  test.each([
    [
      "one.output.*.pkl",
      "two.input.in",
      { node: "one", type: "output", key: "*.pkl" },
      { node: "two", type: "input", key: "in" },
    ],
    [
      "one.outputs.a.b.c.pkl",
      "two.inputs.in",
      { node: "one", type: "output", key: "a.b.c.pkl" },
      { node: "two", type: "input", key: "in" },
    ],
    [
      "one.parameters.k",
      "two.parameters.k",
      { node: "one", type: "parameter", key: "k" },
      { node: "two", type: "parameter", key: "k" },
    ],
    [
      "one.environment-variables.E",
      "two.environment-variables.F",
      { node: "one", type: "environment-variable", key: "E" },
      { node: "two", type: "environment-variable", key: "F" },
    ],
    [
      "one.dependencies.x",
      "two.dependencies.y",
      { node: "one", type: "dependency", key: "x" },
      { node: "two", type: "dependency", key: "y" },
    ],
    [
      "one.metadata.acc.top",
      "two.parameter.k",
      { node: "one", type: "metadata", key: "acc.top" },
      { node: "two", type: "parameter", key: "k" },
    ],
  ])("%s → %s", (from, to, source, target) => {
    expect(configOfText(withEdge(from, to)).pipelines[0]?.edges).toEqual([{ source, target, configuration: {} }]);
  });

  test("as a mapping", () => {
    const keys = `${NODES}\nedges: [{source: one.output.x.pkl, target: two.input.in, configuration: {a: 1}}]`;
    expect(pipeline(keys)?.edges).toEqual([
      {
        source: { node: "one", type: "output", key: "x.pkl" },
        target: { node: "two", type: "input", key: "in" },
        configuration: { a: 1 },
      },
    ]);
  });

  test.each([
    [
      "one.output",
      "two.input.in",
      "7:10 error wrong-socket: an end of an edge is `node.type.key`, such as `train.output.model.pkl`; `one.output` has 2 of the 3 parts",
    ],
    [
      "one",
      "two.input.in",
      "7:10 error wrong-socket: an end of an edge is `node.type.key`, such as `train.output.model.pkl`; `one` has 1 of the 3 parts",
    ],
    [
      "one.ouput.x",
      "two.input.in",
      "7:10 error unknown-edge-type: there is no edge type `ouput` (did you mean `output`?)",
    ],
    [
      "one.__proto__.x",
      "two.input.in",
      "7:10 error unknown-edge-type: there is no edge type `__proto__` (edge types: output, input, parameter, metadata, file, environment-variable, dependency, deployment)",
    ],
    [
      "oen.output.x.pkl",
      "two.input.in",
      "7:10 error unknown-node: the pipeline has no node `oen` (did you mean `one`?)",
    ],
    [
      "one.output.x.pkl",
      "tow.input.in",
      "7:28 error unknown-node: the pipeline has no node `tow` (did you mean `two`?)",
    ],
    [
      "one.output.x.pkl",
      "two.input.im",
      "7:28 warning unknown-input: the step `b` has no input `im` (did you mean `in`?)",
    ],
    ["one.input.nope", "two.input.in", "7:10 warning unknown-input: the step `a` has no input `nope` (inputs: in)"],
    [
      "one.parameter.kk",
      "two.parameter.k",
      "7:10 warning unknown-parameter: the step `a` has no parameter `kk`, so that the edge brings nothing (did you mean `k`?)",
    ],
    [
      "one.metadata.m",
      "two.parameter.kay",
      "7:26 warning unknown-parameter: the step `b` has no parameter `kay` (parameters: k)",
    ],
    [
      "one.output.x.bin",
      "two.input.in",
      "7:10 warning unknown-output: no declared output of the step `a` can match `one.output.x.bin` (outputs: *.pkl)",
    ],
    [
      "one.output.x.pkl",
      "two.parameter.k",
      "7:9 warning unusual-edge: an edge from `output` to `parameter` carries nothing (`parameter` takes: parameter, metadata, deployment)",
    ],
    [
      "one.output.x.pkl",
      "two.metadata.k",
      "7:9 warning unusual-edge: an edge from `output` to `metadata` carries nothing (edges end in an input, a parameter, a file, an environment-variable or a dependency)",
    ],
  ])("%s → %s", (from, to, line) => {
    expect(lintLines(withEdge(from, to)).filter((found) => !found.includes("unreachable-node"))).toContain(line);
  });

  test.each([
    ["one.output.anything.bin", "two.input.in", "b", "two declares no outputs and may write any"],
    ["one.input.*", "two.input.in", "a", "an input may be meant by a pattern"],
    ["one.input.in/part.csv", "two.input.in", "a", "or by one of its files"],
  ])("%s → %s is fine: %4$s", (from, to, step) => {
    const keys = `nodes: [{name: one, type: execution, step: ${step}}, {name: two, type: execution, step: b}]\nedges: [["${from}", "${to}"]]`;
    expect(lintLines(pipelineWith(keys))).toEqual([]);
  });

  test.each([
    ["[a.output.x]", "6:9 error out-of-range: an edge is a pair `[source, target]`, and this list has 1 entries"],
    ["[a, b, c]", "6:9 error out-of-range: an edge is a pair `[source, target]`, and this list has 3 entries"],
    [
      "a.output.x",
      "6:9 error wrong-type: entry 1 of `edges` has to be a pair `[source, target]` or a mapping, not text",
    ],
    ["{source: a.output.x}", "6:9 error missing-key: an edge needs `target`"],
    [
      "[1, b.input.x]",
      "6:10 error wrong-type: entry 1 of `edges` has to be text, not a whole number (put text in quotes)",
    ],
  ])("%s", (edge, line) => {
    expect(
      lintLines(pipelineWith(`nodes: []\nedges:\n  - ${edge}`)).map((found) => found.replace(/^7:/, "6:")),
    ).toEqual([line]);
  });

  test("a node that no edge joins is a warning where there are edges", () => {
    const nodes = NODES.replace("]", ", {name: lonely, type: execution, step: a}]");
    expect(lintLines(pipelineWith(`${nodes}\n${EDGES}`))).toEqual([
      "5:91 warning unreachable-node: no edge joins the node `lonely` with the rest of the pipeline",
    ]);
    expect(lintLines(pipelineWith(`${nodes}\nedges: []`))).toEqual([]);
  });
});

describe("an override that drops keys of the step's parameter", () => {
  const dropped = (base: string, override: string) =>
    lintLines(`- step: {name: a, image: i, command: c, parameters: [{name: k, ${base}}]}
- pipeline: {name: p, nodes: [{name: n, type: execution, step: a, override: {parameters: [{name: k, ${override}}]}}], edges: []}
`).map((line) => line.replace(/^\S+ warning /, ""));

  test.each([
    ["choices: [x, y], default: x", "default: y", ["`choices`"]],
    ["type: integer, min: 1, max: 3, multiple: repeat", "default: a", ["`type`, `multiple`, `min`, `max`"]],
    ["pass-as: '-k {v}'", "default: a", ["`pass-as`"]],
    ["choices: [x, y]", "choices: [x], default: x", []],
    ["default: x", "default: y", []],
    ["default: x", "type: integer, default: 1", []],
  ])("%s over %s", (base, override, keys) => {
    expect(dropped(base, override)).toEqual(
      keys.map(
        (list) =>
          `override-drops: the override of \`k\` drops ${list}: it replaces the parameter as a whole (repeat in the override what is to stay)`,
      ),
    );
  });
});

describe("conditions of actions", () => {
  test.each([
    ["metadata.k < 1 and parameter.k == 2", []],
    ["other == 1", []],
    [
      "a <",
      [
        "wrong-condition: the condition `a <` is not an expression: the expression ends too early (at character 4) (a run refuses it)",
      ],
    ],
    [
      "parameters.kk == 1",
      [
        "unknown-parameter: the step has no parameter `kk`, so that `parameters.kk` has no value and the condition never holds (did you mean `k`?)",
      ],
    ],
    [
      "k == 1",
      [
        "unclear-name: `k` means the metadata of this name, and the step has a parameter called so (the parameter is `parameter.k`; write `metadata.k` if the metadata is meant)",
      ],
    ],
  ])("%s", (condition, expected) => {
    const node = `{name: n, type: execution, step: a, actions: [{when: node-complete, if: "${condition}", then: noop}]}`;
    const found = lintLines(pipelineWith(`nodes: [${node}]\nedges: []`));
    expect(found.map((line) => line.replace(/^\S+ warning /, ""))).toEqual(expected);
  });
});

describe("pipeline parameters", () => {
  const parameters = (keys: string): string => pipelineWith(`${NODES}\n${EDGES}\nparameters: [{name: q, ${keys}}]`);

  test.each([
    ["target: one.parameter.k", { name: "q", targets: [{ node: "one", type: "parameter", key: "k" }] }],
    [
      "target: one.parameters.k, default: a",
      { name: "q", targets: [{ node: "one", type: "parameter", key: "k" }], default: "a" },
    ],
    ["targets: one.parameter.k", { name: "q", targets: [{ node: "one", type: "parameter", key: "k" }] }],
    [
      "targets: [one.parameter.k, two.parameter.k], value: 3, default: 4, category: c, description: d",
      {
        name: "q",
        default: 3,
        category: "c",
        description: "d",
        targets: [
          { node: "one", type: "parameter", key: "k" },
          { node: "two", type: "parameter", key: "k" },
        ],
      },
    ],
  ])("%s", (keys, expected) => {
    expect(lintLines(parameters(keys))).toEqual([]);
    expect(configOfText(parameters(keys)).pipelines[0]?.parameters).toEqual([expected]);
  });

  test.each([
    [
      "target: one.parameter.k, targets: []",
      "error conflicting-keys: a pipeline parameter takes `target` or `targets`, not both",
    ],
    ["default: 1", "warning no-targets: the pipeline parameter `q` has no targets, so that it changes nothing"],
    ["targets: []", "warning no-targets: the pipeline parameter `q` has no targets, so that it changes nothing"],
    [
      "target: one.input.k",
      "error unknown-edge-type: a pipeline parameter goes to `node.parameter.name`, not to a `input`",
    ],
    [
      "target: one.parameter",
      "error wrong-socket: a target is `node.parameter.name`; `one.parameter` has 2 of the 3 parts",
    ],
    ["target: three.parameter.k", "error unknown-node: the pipeline has no node `three` (nodes: one, two)"],
    [
      "target: one.parameter.kk",
      "error unknown-target: the step `a` has no parameter `kk` for `one.parameter.kk` (did you mean `k`?)",
    ],
    [
      "target: one.parameter.k, default: {a: 1}",
      "warning default-not-valid: the default of `q` has to be one value or a list of values; this one is ignored",
    ],
    [
      "target: one.parameter.k, default: [1, a]",
      "warning default-not-valid: the default of `q` does not fit `k`: 1 is not text; put it in quotes",
    ],
    [
      "target: one.parameter.k, default: no",
      "warning default-not-valid: the default of `q` does not fit `k`: False is not text; put it in quotes",
    ],
    ["target: one.parameter.k, optional: yes", "error unknown-key: a pipeline parameter has no key `optional`"],
  ])("%s", (keys, finding) => {
    expect(findings(parameters(keys)).join("\n")).toContain(finding);
  });

  test("for a task node an unknown parameter is only a warning, as Valohai does not look", () => {
    const keys = "nodes: [{name: t, type: task, step: a}]\nedges: []\nparameters: [{name: q, target: t.parameter.zz}]";
    expect(findings(pipelineWith(keys))).toEqual([
      "warning unknown-parameter: the step `a` has no parameter `zz` for `t.parameter.zz` (parameters: k)",
    ]);
  });
});

describe("connections", () => {
  test("are edges whose nodes are the steps that they name, in the order of first appearance", () => {
    const keys = "connections:\n  - [b.outputs.x, a.inputs.in]\n  - {source: b.metadata.m, target: a.parameter.k}";
    expect(lintLines(pipelineWith(keys))).toEqual([]);
    expect(pipeline(keys)).toMatchObject({
      nodes: [
        { name: "b", step: "b", type: "execution" },
        { name: "a", step: "a", type: "execution" },
      ],
      edges: [
        { source: { node: "b", type: "output", key: "x" }, target: { node: "a", type: "input", key: "in" } },
        { source: { node: "b", type: "metadata", key: "m" }, target: { node: "a", type: "parameter", key: "k" } },
      ],
    });
  });

  test("none at all is a pipeline without nodes", () => {
    expect(pipeline("connections: []")).toMatchObject({ nodes: [], edges: [] });
  });

  test("a step that is not there is an error at the end of the edge", () => {
    expect(lintLines(pipelineWith("connections:\n  - [a.output.x.pkl, c.input.in]"))).toEqual([
      "6:26 error unknown-step: there is no step `c` (steps: a, b)",
    ]);
  });

  test("can go round in circles, too", () => {
    expect(
      findings(pipelineWith("connections:\n  - [a.output.x.pkl, b.input.in]\n  - [b.output.y, a.input.in]")),
    ).toEqual([
      "error cycle: these nodes wait for each other and can never start: a → b → a (remove one of these edges)",
    ]);
  });
});
