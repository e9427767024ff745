import { describe, expect, test } from "vitest";
import { action, config, node, pipeline, planOf, problemsOf, request, step } from "./fixtures/configs.ts";
import { commitsOfNodes } from "./node-commits.ts";
import { planRun } from "./plan-run.ts";

const both = config(
  [step("train"), step("evaluate")],
  pipeline([node("train")], [], { name: "train" }),
  pipeline([node("evaluate")]),
);

describe("what the request names", () => {
  test("a single step is a plan of one node of its name", () => {
    const plan = planOf(both, request("evaluate"));
    expect(plan).toEqual({
      kind: "step",
      name: "evaluate",
      parameters: {},
      nodes: [
        {
          kind: "execution",
          name: "evaluate",
          step: step("evaluate"),
          parameters: {},
          parameterEdges: [],
          inputs: [],
          environmentVariables: {},
          environmentVariableEdges: [],
          dependsOn: [],
          edgeMergeMode: "replace",
          actions: [],
        },
      ],
    });
  });

  test("a pipeline wins over a step of its name, and says so", () => {
    const result = planRun(both, request("train"));
    expect(result).toMatchObject({
      ok: true,
      plan: { kind: "pipeline" },
      warnings: ['"train" names both a pipeline and a step; the pipeline runs'],
    });
    expect(planOf(both, request("train", { kind: "step" })).kind).toBe("step");
    expect(planRun(both, request("train", { kind: "pipeline" }))).toMatchObject({ ok: true, warnings: [] });
  });

  test("of two definitions of one name the last counts", () => {
    const twice = config(
      [step("a", { image: "old" }), step("a", { image: "new" })],
      pipeline([node("a")]),
      pipeline([node("a"), node("b", { step: "a" })]),
    );
    expect(planOf(twice, request("a")).nodes[0]?.step.image).toBe("new");
    expect(planOf(twice, request("pipe")).nodes.map((item) => item.step.image)).toEqual(["new", "new"]);
  });

  test("a task, an endpoint or a deployment is not said to be unknown", () => {
    const sweep = {
      name: "sweep",
      step: "train",
      type: "grid_search",
      reuseChildren: false,
      goals: [],
      parameters: [],
      parameterSets: [],
    } as const;
    const others = { ...both, tasks: [sweep] };
    expect(planOf(others, request("sweep"))).toMatchObject({
      kind: "task",
      name: "sweep",
      nodes: [{ kind: "task", name: "sweep", step: { name: "train" }, sweep: { method: "grid", axes: [] } }],
    });
    expect(problemsOf(planRun(others, request("sweep", { kind: "step" })))).toEqual([
      'there is no step named "sweep" | known steps: train, evaluate',
    ]);
  });

  test.each([
    ["trian", undefined, 'there is no step or pipeline named "trian" | did you mean "train"?'],
    ["PIPE", undefined, 'there is no step or pipeline named "PIPE" | did you mean "pipe"?'],
    [
      "xyzzy",
      undefined,
      'there is no step or pipeline named "xyzzy" | known pipelines: train, pipe; steps: train, evaluate',
    ],
    ["pipe", "step", 'there is no step named "pipe" | known steps: train, evaluate'],
    ["evaluat", "pipeline", 'there is no pipeline named "evaluat" | known pipelines: train, pipe'],
  ] as const)("%s as %s is unknown", (target, kind, problem) => {
    const result = planRun(both, request(target, kind === undefined ? {} : { kind }));
    expect(problemsOf(result)).toEqual([problem]);
    expect(result).toMatchObject({ problems: [{ kind: "unknown-target" }] });
  });

  test("an empty configuration", () => {
    expect(problemsOf(planRun(config([]), request("x")))).toEqual([
      'there is no step or pipeline named "x" | the configuration defines none',
    ]);
  });

  test("a long list of names is cut", () => {
    const many = config(Array.from({ length: 25 }, (_, index) => step(`s${index}`)));
    expect(problemsOf(planRun(many, request("zzzzzz")))[0]).toMatch(/known steps: s0, s1, .*, s19 and 5 more$/);
  });
});

describe("nodes", () => {
  test("unknown steps, duplicate names, tasks, deployments and libraries are problems, all at once", () => {
    const broken = config(
      [step("train")],
      pipeline([
        node("a", { step: "trian" }),
        node("b", { step: "train" }),
        node("b", { step: "train" }),
        { ...node("sweep", { step: "train" }), type: "task" },
        {
          type: "deployment",
          name: "deploy",
          deployment: "d",
          endpoints: [],
          aliases: [],
          actions: [],
          onError: "stop-all",
        },
        node("old", { step: "train", commit: "library:a/b" }),
      ]),
    );
    expect(problemsOf(planRun(broken, request("pipe")))).toEqual([
      'node a: there is no step named "trian" | did you mean "train"?',
      'pipeline pipe has two nodes named "b" | node names must differ',
      "node deploy: deployment nodes are not supported by this version | take the node and its edges out, or into a pipeline of their own",
      "node old: steps of a library (library:a/b) are not supported by this version | copy the step into the file, and remove `commit` from the node",
    ]);
  });

  describe("that name commits", () => {
    const python = { requirements: "requirements.txt", packages: [] };
    const file = config(
      [step("train", { image: "now" })],
      pipeline([
        node("a", { step: "train" }),
        node("b", { step: "train", commit: "v1", override: { environment: "gpu" } }),
        node("c", { step: "gone", commit: "v1" }),
      ]),
    );
    const old = { ...config([step("train", { image: "then" }), step("gone")]), project: { python } };

    test("have their steps from there, with the defaults and under the full name of the commit", () => {
      const commits = new Map([["v1", { ok: true, commit: "abc", config: old } as const]]);
      const result = planRun(file, request("pipe"), { commits });
      expect(result).toMatchObject({
        ok: true,
        plan: {
          nodes: [
            { name: "a", step: { image: "now" } },
            { name: "b", commit: "abc", step: { image: "then", environment: "gpu", python } },
            { name: "c", commit: "abc", step: { name: "gone", python } },
          ],
        },
      });
      expect(result.ok && result.plan.nodes[0]).not.toHaveProperty("commit");
      expect(commitsOfNodes(file, request("pipe"))).toEqual(["v1"]);
      expect(commitsOfNodes(file, request("train"))).toEqual([]);
    });

    test("are problems where the commit cannot be had, or lacks the step", () => {
      const gone = new Map([["v1", { ok: false, message: "there is no v1", hint: "fetch it" } as const]]);
      expect(problemsOf(planRun(file, request("pipe"), { commits: gone }))).toEqual([
        "node b: there is no v1 | fetch it",
        "node c: there is no v1 | fetch it",
      ]);
      const without = new Map([["v1", { ok: true, commit: "abc", config: config([step("train")]) } as const]]);
      expect(problemsOf(planRun(file, request("pipe"), { commits: without }))).toEqual([
        'node c: there is no step named "gone" in commit v1',
      ]);
    });
  });

  test("a pipeline needs nodes", () => {
    expect(problemsOf(planRun(config([], pipeline([])), request("pipe")))).toEqual(["pipeline pipe has no nodes"]);
  });
});

describe("overrides", () => {
  test("scalars and lists replace the step's, named items are replaced whole and keep their place", () => {
    const base = step("train", {
      mounts: [{ source: "/a", destination: "/a", readonly: false, options: {} }],
      environmentVariables: [{ name: "A", default: "1", optional: true }],
      parameters: [
        {
          name: "rate",
          type: "float",
          default: 0.1,
          optional: false,
          multiple: "none",
          multipleSeparator: ",",
          passAs: "-r {v}",
        },
        { name: "seed", type: "integer", default: 1, optional: false, multiple: "none", multipleSeparator: "," },
      ],
      inputs: [
        { name: "data", default: ["data.csv"], optional: false, keepDirectories: "full", download: "always" },
        { name: "labels", default: ["labels.csv"], optional: false, keepDirectories: "none", download: "always" },
      ],
    });
    const named = {
      name: "rate",
      type: "string",
      optional: false,
      default: "0.5",
      multiple: "none",
      multipleSeparator: ",",
    } as const;
    const override = {
      image: "other",
      command: ["run {parameters}"],
      parameters: [named],
      inputs: [
        { name: "data", default: ["other.csv"], optional: false, keepDirectories: "none", download: "always" } as const,
      ],
      environmentVariables: [{ name: "B", default: "2", optional: true }],
    };
    const plan = planOf(
      config([base], pipeline([node("train"), node("again", { step: "train", override })])),
      request("pipe"),
    );
    const [plain, overridden] = plan.nodes;
    expect(plain?.step).toBe(base);
    expect(overridden?.step).toEqual({
      ...base,
      image: "other",
      command: ["run {parameters}"],
      parameters: [named, base.parameters[1]],
      inputs: [override.inputs[0], base.inputs[1]],
      environmentVariables: [base.environmentVariables[0], override.environmentVariables[0]],
    });
    expect(overridden?.parameters).toEqual({ rate: "0.5", seed: 1 });
    expect(overridden?.environmentVariables).toEqual({ A: "1", B: "2" });
  });
});

describe("what this version does not do is said", () => {
  test("keys of a step are warned of once, however many nodes use it", () => {
    const rich = step("train", {
      environment: "gpu",
      runtimeConfigPreset: "p",
      environmentVariableGroups: ["g"],
      mounts: [{ source: "/a", destination: "/a", readonly: false, options: {} }],
      cacheVolumes: ["v"],
      resources: {},
      autorestart: true,
      uploadStore: "s",
      retry: { limit: 1, backoffS: 0, on: [] },
      inputs: [{ name: "data", default: ["x"], optional: false, keepDirectories: "none", download: "on-demand" }],
    });
    const result = planRun(
      config([rich], pipeline([node("a", { step: "train" }), node("b", { step: "train", onError: "retry" })], [])),
      request("pipe"),
    );
    expect(result.warnings).toEqual([
      "step train: runtime-config-preset is not supported by this version and is ignored",
      "step train: cache-volumes is not supported by this version and is ignored",
      "step train: autorestart is not supported by this version and is ignored",
      "step train: upload-store is not supported by this version and is ignored",
      'step train, input "data": download: on-demand is not supported by this version; the files are fetched before the step starts',
      'step train: there is no group of variables "g", and the step gets none of it',
    ]);
    expect(result.ok).toBe(true);
  });

  test("a node is tried again as its step says, or as on-error: retry does", () => {
    const own = step("own", { retry: { limit: 1, backoffS: 0.5, on: [75] } });
    const nodes = [
      node("a", { step: "own", onError: "retry" }),
      node("b", { step: "s", onError: "retry" }),
      node("c", { step: "s" }),
    ];
    const planned = planOf(config([own, step("s")], pipeline(nodes)), request("pipe")).nodes.map((item) => item.retry);
    expect(planned).toEqual([
      { attempts: 2, backoffMs: 500, on: [75] },
      { attempts: 3, backoffMs: 1000, on: [] },
      undefined,
    ]);
    expect(planOf(config([own]), request("own")).nodes[0]?.retry).toEqual({ attempts: 2, backoffMs: 500, on: [75] });
  });

  test("the engine gets no on-error rule that it does not know", () => {
    const rules = pipeline([node("a", { step: "s", onError: "retry" }), node("b", { step: "s", onError: "continue" })]);
    expect(planOf(config([step("s")], rules), request("pipe")).nodes.map((item) => item.onError)).toEqual([
      "stop-all",
      "continue",
    ]);
  });

  test("actions and conditions that cannot work are problems", () => {
    const actions = [
      action("node-complete", ["metadata.auc <"], ["stop-pipeline", "require-approval"]),
      action("node-done", [], ["explode"]),
      action("node-starting node-error", ["a == 1"], ["noop", "error-pipeline"]),
    ];
    const result = planRun(
      config([step("s", { stopCondition: "[1]" })], pipeline([node("s", { actions })])),
      request("pipe"),
    );
    expect(problemsOf(result)).toEqual([
      'step s, stop-condition: lists and subscripts are not allowed, at character 1 of "[1]"',
      'node s, condition of an action: the expression ends too early, at character 15 of "metadata.auc <"',
      'node s: an action is due when "node-done", which never comes | use node-starting, node-complete, node-error',
      'node s: there is no action "explode" | use stop-pipeline, error-pipeline, noop, require-approval',
    ]);
  });
});

describe("nodes that run in any case", () => {
  const two = pipeline([node("a", { step: "s" }), node("b", { step: "s" })], []);
  const off = { ...two, reuseExecutions: false };
  const reasons = (plan: ReturnType<typeof planOf>) => plan.nodes.map((item) => item.alwaysRuns);

  test.each([
    ["none, unless somebody says so", two, undefined, [undefined, undefined]],
    ["all, with --fresh", two, true as const, ["forced", "forced"]],
    ["those that --fresh names", two, ["b"], [undefined, "forced"]],
    ["all of a pipeline with reuse-executions: false", off, undefined, ["pipeline", "pipeline"]],
    ["--fresh is the nearer reason", off, ["a"], ["forced", "pipeline"]],
  ])("%s", (_what, pipe, fresh, expected) => {
    expect(
      reasons(planOf(config([step("s")], pipe), { ...request("pipe"), ...(fresh === undefined ? {} : { fresh }) })),
    ).toEqual(expected);
  });

  test("a name of no node is refused", () => {
    const result = planRun(config([step("s")], pipeline([node("train", { step: "s" })], [])), {
      ...request("pipe"),
      fresh: ["trian"],
    });
    expect(result).toMatchObject({
      ok: false,
      problems: [{ kind: "request", message: 'there is no node "trian" to run afresh', hint: 'did you mean "train"?' }],
    });
  });
});
