import { describe, expect, test } from "vitest";
import { config, edge, node, pipeline, problemsOf, request, step } from "./fixtures/configs.ts";
import { type KnownVariables, planRun } from "./index.ts";

const KNOWN: KnownVariables = {
  own: [{ name: "A", value: "project" }, { name: "TOKEN" }],
  groups: new Map([
    ["aws", [{ name: "A", value: "aws" }, { name: "KEY" }]],
    ["late", [{ name: "TOKEN", value: "plain now" }]],
  ]),
};
const variable = (name: string, own: { readonly default?: string; readonly optional?: boolean } = {}) => ({
  ...{ name, optional: true },
  ...own,
});

function planned(groups: readonly string[], requested: Readonly<Record<string, string>> = {}) {
  const train = step("train", {
    environmentVariables: [variable("A", { default: "step" }), variable("B", { default: "step" })],
    environmentVariableGroups: groups,
  });
  const result = planRun(config([train]), request("train", { environmentVariables: requested }), { variables: KNOWN });
  if (!result.ok) throw new Error(problemsOf(result).join("\n"));
  const [{ environmentVariables, secretVariables } = { environmentVariables: {}, secretVariables: undefined }] =
    result.plan.nodes;
  return [environmentVariables, secretVariables, result.warnings];
}

describe("what is set beside the configuration", () => {
  test("counts more than a step's defaults, a group more than the project, the request more than all", () => {
    expect(planned([])).toEqual([{ A: "project", B: "step" }, ["TOKEN"], []]);
    expect(planned(["aws"])).toEqual([{ A: "aws", B: "step" }, ["TOKEN", "KEY"], []]);
    expect(planned(["aws"], { KEY: "mine", A: "request" })).toEqual([
      { A: "request", B: "step", KEY: "mine" },
      ["TOKEN"],
      [],
    ]);
    expect(planned(["late"])).toEqual([{ A: "project", B: "step", TOKEN: "plain now" }, undefined, []]);
  });

  test("a group that is not there is warned of", () => {
    expect(planned(["gone"])[2]).toEqual([
      'step train: there is no group of variables "gone", and the step gets none of it',
    ]);
  });

  test.each([
    ["TOKEN", []],
    ["KEY", ['step train: environment variable "KEY" is required and has no value']],
  ])("a secret is a value, too, for who asks for it: %s", (name, problems) => {
    const train = step("train", { environmentVariables: [variable(name, { optional: false })] });
    const result = planRun(config([train]), request("train"), { variables: KNOWN });
    expect(problemsOf(result).map((problem) => problem.split(" | ")[0])).toEqual(problems);
  });

  test("an edge brings a variable in place of a secret, and carries none", () => {
    const steps = [step("a", { environmentVariables: [variable("PLAIN", { default: "1" })] }), step("b")];
    const across = (source: string, target: string) =>
      planRun(
        config(
          steps,
          pipeline(
            [node("a"), node("b")],
            [edge(`a.environment-variable.${source}`, `b.environment-variable.${target}`)],
          ),
        ),
        request("pipe"),
        { variables: KNOWN },
      );
    const brought = across("PLAIN", "TOKEN");
    expect(brought.ok && brought.plan.nodes.map(({ secretVariables }) => secretVariables)).toEqual([
      ["TOKEN"],
      undefined,
    ]);
    expect(problemsOf(across("TOKEN", "X"))).toEqual([
      "edge a.environment-variable.TOKEN → b.environment-variable.X: TOKEN is a secret, and no edge carries one | leave the edge out: each step gets the secrets of the project, and of the groups that it names",
    ]);
  });
});
