// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell variables stay as they are
import { describe, expect, test } from "vitest";
import { describePlan } from "./describe-plan.ts";
import { config, edge, input, node, parameter, pipeline, planOf, request, step } from "./fixtures/configs.ts";

describe("describePlan", () => {
  const train = step("train", {
    command: ["python train.py {parameters}", "echo {parameter-value:epochs}"],
    parameters: [
      parameter("epochs", { type: "integer", default: 5 }),
      parameter("fast", { type: "flag", optional: true, default: true }),
    ],
    inputs: [input("images", { default: ["data/a.npz"] })],
    environmentVariables: [{ name: "MODE", default: "full", optional: true }],
  });
  const approve = step("approve", {
    command: ["python approve.py {parameters} -- '{parameter-value:auc}' ${HOME}"],
    parameters: [
      parameter("auc", { type: "float", passAs: "--auc {v}" }),
      parameter("epochs", { type: "integer" }),
      parameter("note", { default: "a b" }),
    ],
    inputs: [input("model"), input("images"), input("maybe", { optional: true })],
    environmentVariables: [{ name: "MODE", optional: true }],
  });

  test("the documented shape, in an order that respects the edges", () => {
    const plan = planOf(
      config(
        [approve, train],
        pipeline(
          [node("approve"), node("train")],
          [
            edge("train.metadata.auc", "approve.parameter.auc"),
            edge("train.parameter.epochs", "approve.parameter.epochs"),
            edge("train.output.*.pkl", "approve.input.model"),
            edge("train.input.images", "approve.input.images"),
            edge("train.environment-variable.MODE", "approve.environment-variable.MODE"),
          ],
        ),
      ),
      request("pipe"),
    );
    expect(describePlan(plan)).toEqual({
      kind: "pipeline",
      name: "pipe",
      ...{ title: null, tags: [], groups: [], outputs: [] },
      nodes: [
        {
          name: "train",
          kind: "execution",
          step: "train",
          commit: null,
          command: ["python train.py --epochs=5 --fast", "echo 5"],
          parameters: { epochs: 5, fast: true },
          parametersFrom: [],
          inputs: { images: [{ from: "data/a.npz", kind: "uri" }] },
          environmentVariables: { MODE: "full" },
          secretVariables: [],
          environment: "local",
          dependsOn: [],
          task: null,
          group: null,
        },
        {
          name: "approve",
          kind: "execution",
          step: "approve",
          commit: null,
          command: [
            "python approve.py --auc {train.metadata.auc} --epochs=5 '--note=a b' -- '{train.metadata.auc}' ${HOME}",
          ],
          parameters: { auc: "{train.metadata.auc}", epochs: 5, note: "a b" },
          parametersFrom: [
            { parameter: "auc", kind: "metadata", node: "train", key: "auc" },
            { parameter: "epochs", kind: "parameter", node: "train", key: "epochs" },
          ],
          inputs: {
            model: [{ from: "train.output.*.pkl", kind: "output", node: "train", pattern: "*.pkl" }],
            images: [{ from: "train.input.images", kind: "input", node: "train", pattern: "images" }],
            maybe: [],
          },
          environmentVariables: { MODE: "full" },
          secretVariables: [],
          environment: "local",
          dependsOn: ["train"],
          task: null,
          group: null,
        },
      ],
    });
    expect(Object.keys(describePlan(plan).nodes[0] ?? {})).toEqual([
      "name",
      "kind",
      "step",
      "group",
      "commit",
      "command",
      "parameters",
      "parametersFrom",
      "inputs",
      "environmentVariables",
      "secretVariables",
      "environment",
      "dependsOn",
      "task",
    ]);
  });

  test("a value that is not known stays unknown along further edges, one that looks like a placeholder is a value", () => {
    const pass = step("pass", {
      command: ["run {parameters}"],
      parameters: [parameter("x", { optional: true }), parameter("y", { default: "{a.metadata.k}" })],
    });
    const three = pipeline(
      [node("a", { step: "pass" }), node("b", { step: "pass" }), node("c", { step: "pass" })],
      [
        edge("a.metadata.k", "b.parameter.x"),
        edge("b.parameter.x", "c.parameter.x"),
        edge("b.parameter.y", "c.parameter.y"),
      ],
    );
    expect(describePlan(planOf(config([pass], three), request("pipe"))).nodes.map((item) => item.command)).toEqual([
      ["run '--y={a.metadata.k}'"],
      ["run --x={a.metadata.k} '--y={a.metadata.k}'"],
      ["run --x={a.metadata.k} '--y={a.metadata.k}'"],
    ]);
  });
});
