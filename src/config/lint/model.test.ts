import { expect, test } from "vitest";
import { allLintLines, configOfText, lintLines } from "../testing/lint-lines.ts";

const MODEL = `- model:
    name: delay
    description: Will it leave late?
    tags: [flights]
    approve:
      require: ["metadata.auc >= 0.7", "metadata.auc >= champion.auc - 0.005", checks.failed == 0]
      evaluation: holdout
- step: {name: s, image: i, command: c, outputs: [{name: model.pkl, model: delay}]}
`;

test("a model and the output that makes its versions are read", () => {
  expect(lintLines(MODEL)).toEqual([]);
  const { models, steps } = configOfText(MODEL);
  expect(models).toEqual([
    {
      ...{ name: "delay", description: "Will it leave late?", tags: ["flights"] },
      approve: {
        require: ["metadata.auc >= 0.7", "metadata.auc >= champion.auc - 0.005", "checks.failed == 0"],
        evaluation: ["holdout"],
      },
    },
  ]);
  expect(steps[0]?.outputs).toEqual([{ name: "model.pkl", model: "delay" }]);
});

test.each([
  ["name: a/b", ["2:11 error wrong-format: `name` has to be a name of letters, digits, `.`, `_` and `-`"]],
  ["{}", ["1:3 error missing-key: a model needs `name`"]],
  [
    "name: m\n    approve: {require: ['metadata.auc >', auc > 1]}",
    [
      "3:25 error wrong-expression: `metadata.auc >` is not an expression: the expression ends too early (at character 15)",
      "3:43 error wrong-expression: `auc` says nothing of a version of a model (there are metadata.KEY and checks.failed of the new version, and champion.KEY of the champion)",
    ],
  ],
  [
    "name: m\n    approve: {require: []}",
    ["3:24 warning no-effect: nothing is required of `m`: a person decides about its versions"],
  ],
  [
    "name: m\n    deploy: {deployment: d}",
    ["3:5 warning not-supported: `deploy` is not supported by this version and is ignored"],
  ],
  [
    "name: m\n- model:\n    name: m",
    ["4:11 warning duplicate-name: there are two models with the name `m`; this later one counts"],
  ],
])("%j", (keys, expected) => {
  const text = keys === "{}" ? "- model: {}\n" : `- model:\n    ${keys}\n`;
  expect(allLintLines(text)).toEqual(expected);
});
