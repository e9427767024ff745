import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Edge } from "../config/index.ts";
import {
  config,
  edge,
  input,
  node,
  parameter,
  pipeline,
  planOf,
  problemsOf,
  request,
  step,
} from "./fixtures/configs.ts";
import { planRun } from "./plan-run.ts";

const steps = [
  step("a", {
    inputs: [input("in", { optional: true })],
    parameters: [parameter("p", { default: "1" })],
    environmentVariables: [{ name: "V", default: "v", optional: true }],
  }),
  step("b", {
    inputs: [input("in", { optional: true })],
    parameters: [parameter("p", { default: "1" })],
    environmentVariables: [{ name: "V", optional: true }],
  }),
];

function problems(...edges: readonly Edge[]): readonly string[] {
  return problemsOf(planRun(config(steps, pipeline([node("a"), node("b")], edges)), request("pipe")));
}

describe("what an edge can carry", () => {
  test.each([
    ["a.output.*", "b.input.in"],
    ["a.output.dir/model.tar.gz", "b.input.in"],
    ["a.input.in", "b.input.in"],
    ["a.input.in/*.csv", "b.input.in"],
    ["a.input.*", "b.input.in"],
    ["a.parameter.p", "b.parameter.p"],
    ["a.metadata.any.thing", "b.parameter.p"],
    ["a.environment-variable.V", "b.environment-variable.V"],
    ["a.environment-variable.V", "b.environment-variable.NEW"],
    ["a.dependency.*", "b.dependency.*"],
  ])("%s → %s", (source, target) => {
    expect(problems(edge(source, target))).toEqual([]);
    expect(
      planOf(config(steps, pipeline([node("a"), node("b")], [edge(source, target)])), request("pipe")).nodes[1]
        ?.dependsOn,
    ).toEqual(["a"]);
  });

  const hint =
    "edges can join output to input, input to input, parameter to parameter, metadata to parameter, environment-variable to environment-variable, dependency to dependency";
  test.each([
    ["a.output.x", "b.parameter.p", `edge a.output.x → b.parameter.p: output cannot flow into parameter | ${hint}`],
    ["a.metadata.x", "b.input.in", `edge a.metadata.x → b.input.in: metadata cannot flow into input | ${hint}`],
    ["a.output.x", "b.output.y", `edge a.output.x → b.output.y: output cannot flow into output | ${hint}`],
    ["a.input.im", "b.input.in", 'edge a.input.im → b.input.in: node a has no input "im" | did you mean "in"?'],
    ["a.output.x", "b.input.data", 'edge a.output.x → b.input.data: node b has no input "data" | known: "in"'],
    [
      "a.metadata.x",
      "b.parameter.pp",
      'edge a.metadata.x → b.parameter.pp: node b has no parameter "pp" | did you mean "p"?',
    ],
    [
      "a.environment-variable.W",
      "b.environment-variable.V",
      'edge a.environment-variable.W → b.environment-variable.V: node a has no environment variable "W" | known: "V"',
    ],
    ["c.output.x", "b.input.in", 'edge c.output.x → b.input.in: there is no node "c" | known: "a", "b"'],
  ])("%s → %s is refused", (source, target, problem) => {
    expect(problems(edge(source, target))).toEqual([problem]);
  });

  test("an edge from a parameter that its source lacks brings nothing, and keeps the order", () => {
    const steps = [
      step("a", { parameters: [parameter("p", { default: "x" })] }),
      step("b", { parameters: [parameter("own", { default: "mine" }), parameter("open")] }),
    ];
    const edges = [edge("b.parameter.owm", "a.parameter.p")];
    const result = planRun(
      config(
        [steps[0] ?? step("a"), step("b", { parameters: [parameter("own", { default: "mine" })] })],
        pipeline([node("a"), node("b")], edges),
      ),
      request("pipe"),
    );
    expect(result).toMatchObject({
      ok: true,
      warnings: [
        'edge b.parameter.owm → a.parameter.p: node b has no parameter "owm" (did you mean "own"?); a keeps its own value',
      ],
      plan: { nodes: [{ name: "b" }, { name: "a", parameters: { p: "x" }, parameterEdges: [], dependsOn: ["b"] }] },
    });
    // The plan still asks for a parameter that has no value of its own.
    expect(
      problemsOf(
        planRun(
          config(steps, pipeline([node("a"), node("b")], [edge("a.parameter.q", "b.parameter.open")])),
          request("pipe"),
        ),
      ),
    ).toEqual([
      'node b: parameter "open" is required and has no value | give it with the option parameter “b.open=…”, or make it optional',
    ]);
  });

  test("edges of nodes that cannot run are not reported again", () => {
    const nodes = [node("a"), { ...node("sweep", { step: "a" }), type: "task" } as const, node("b")];
    const deploy = {
      type: "deployment",
      name: "deploy",
      deployment: "d",
      endpoints: [],
      aliases: [],
      actions: [],
      onError: "stop-all",
    } as const;
    const required = step("b", { inputs: [input("in")] });
    const edges = [
      edge("a.output.*", "sweep.input.in"),
      edge("sweep.output.*", "b.input.in"),
      edge("b.output.m", "deploy.file.e.m"),
      edge("deploy.deployment.id", "b.parameter.p"),
    ];
    expect(
      problemsOf(
        planRun(config([steps[0] ?? step("a"), required], pipeline([...nodes, deploy], edges)), request("pipe")),
      ),
    ).toEqual([
      "node deploy: deployment nodes are not supported by this version | take the node and its edges out, or into a pipeline of their own",
    ]);
  });
});

describe("order", () => {
  const names = (nodes: readonly string[], edges: readonly (readonly [string, string])[]) => {
    const one = pipeline(
      nodes.map((name) => node(name, { step: "a" })),
      edges.map(([from, to]) => edge(`${from}.dependency.*`, `${to}.dependency.*`)),
    );
    return planRun(config(steps, one), request("pipe"));
  };
  const order = (result: ReturnType<typeof planRun>) =>
    result.ok ? result.plan.nodes.map((item) => item.name) : problemsOf(result);

  test("ties go by declaration", () => {
    expect(order(names(["c", "b", "a"], []))).toEqual(["c", "b", "a"]);
    expect(order(names(["d", "c", "b", "x"], [["b", "d"]]))).toEqual(["c", "b", "d", "x"]);
  });

  test("several edges between two nodes are one dependency", () => {
    const result = names(
      ["a", "b"],
      [
        ["a", "b"],
        ["a", "b"],
      ],
    );
    expect(result.ok && result.plan.nodes[1]?.dependsOn).toEqual(["a"]);
  });

  test.each([
    [["a"], [["a", "a"]], ["a → a"]],
    [
      ["a", "b", "c", "d"],
      [
        ["d", "c"],
        ["c", "b"],
        ["b", "d"],
        ["a", "b"],
      ],
      ["b → d → c → b"],
    ],
    [
      ["a", "b", "c", "d"],
      [
        ["a", "b"],
        ["b", "a"],
        ["c", "d"],
        ["d", "c"],
      ],
      ["a → b → a", "c → d → c"],
    ],
  ] as [string[], [string, string][], string[]][])("a cycle in %j with %j", (nodes, edges, cycles) => {
    expect(order(names(nodes, edges))).toEqual(
      cycles.map((cycle) => `the edges run in a cycle: ${cycle} | take one of these edges out`),
    );
  });

  test("a long cycle is shown in part", () => {
    const nodes = Array.from({ length: 50 }, (_, index) => `n${index}`);
    const result = names(
      nodes,
      nodes.map((name, index) => [name, nodes[(index + 1) % 50] ?? ""]),
    );
    expect(order(result)[0]).toMatch(/^the edges run in a cycle: n0 → n1 → .* → n19 → … 30 more … → n0 \| /);
  });
});

describe("properties of the order", () => {
  const graph = fc.integer({ min: 1, max: 30 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      pairs: fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 60 }),
    }),
  );
  const plan = (size: number, pairs: readonly (readonly [number, number])[]) =>
    planRun(
      config(
        steps,
        pipeline(
          Array.from({ length: size }, (_, index) => node(`n${index}`, { step: "a" })),
          pairs.map(([from, to], index) =>
            index % 2 === 0
              ? edge(`n${from}.output.*`, `n${to}.input.in`)
              : edge(`n${from}.parameter.p`, `n${to}.parameter.p`),
          ),
        ),
      ),
      request("pipe"),
    );

  test("without backward edges there is a plan that respects every edge, and it is the first of all in declaration order", () => {
    fc.assert(
      fc.property(graph, ({ size, pairs }) => {
        const forward = pairs
          .filter(([from, to]) => from !== to)
          .map(([from, to]) => [Math.min(from, to), Math.max(from, to)] as const);
        const result = plan(size, forward);
        expect(result.ok && result.plan.nodes.map((item) => item.name)).toEqual(
          Array.from({ length: size }, (_, index) => `n${index}`),
        );
      }),
    );
  });

  test("a plan has every node once, each after its sources; otherwise a real cycle is named", () => {
    fc.assert(
      fc.property(graph, ({ size, pairs }) => {
        const result = plan(size, pairs);
        expect(plan(size, pairs)).toEqual(result);
        if (result.ok) {
          const place = new Map(result.plan.nodes.map((item, index) => [item.name, index]));
          expect(place.size).toBe(size);
          for (const [from, to] of pairs) expect(place.get(`n${from}`)).toBeLessThan(place.get(`n${to}`) ?? -1);
          for (const item of result.plan.nodes)
            for (const source of item.dependsOn)
              expect(pairs.some(([from, to]) => `n${from}` === source && `n${to}` === item.name)).toBe(true);
          return;
        }
        for (const { message } of result.problems) {
          const cycle = (/cycle: (.*)$/.exec(message)?.[1] ?? "").split(" → ");
          if (message.includes("more …")) continue;
          expect(cycle.length).toBeGreaterThan(1);
          expect(cycle[0]).toBe(cycle.at(-1));
          for (let index = 1; index < cycle.length; index++)
            expect(pairs.some(([from, to]) => `n${from}` === cycle[index - 1] && `n${to}` === cycle[index])).toBe(true);
        }
      }),
    );
  });
});
