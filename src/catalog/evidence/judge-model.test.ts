import { describe, expect, test } from "vitest";
import { type JudgedFacts, judgeModel } from "../index.ts";

const RULE = {
  require: ["metadata.auc >= 0.7", "metadata.auc >= champion.auc - 0.005", "checks.failed == 0"],
  evaluation: [],
};

function facts(auc: number | undefined, inputs: Readonly<Record<string, string>> = { holdout: "h", train: "t" }) {
  return {
    metrics: auc === undefined ? {} : { auc },
    checks: { warned: 1, failed: 0 },
    inputs: Object.entries(inputs).map(([name, sha256]) => ({ name, sha256 })),
  } satisfies JudgedFacts;
}

describe("a new version", () => {
  test("is approved where everything holds, with each figure", () => {
    const champion = { number: 3, facts: facts(0.81, { holdout: "h", train: "other" }) };
    expect(judgeModel(RULE, facts(0.806), champion)).toEqual({
      verdict: "approved",
      champion: 3,
      rules: [
        {
          expression: "metadata.auc >= 0.7",
          outcome: "holds",
          figures: [{ name: "metadata.auc", value: 0.806 }],
          message: "",
        },
        {
          expression: "metadata.auc >= champion.auc - 0.005",
          outcome: "holds",
          figures: [
            { name: "metadata.auc", value: 0.806 },
            { name: "champion.auc", value: 0.81 },
          ],
          message: "",
        },
        {
          expression: "checks.failed == 0",
          outcome: "holds",
          figures: [{ name: "checks.failed", value: 0 }],
          message: "",
        },
      ],
      evaluation: { inputs: ["holdout"], isSame: true, message: "" },
    });
  });

  test.each<[string, JudgedFacts, JudgedFacts | undefined, string, string]>([
    ["is worse", facts(0.75), facts(0.81), "rejected", ""],
    ["shows no such metric", facts(undefined), facts(0.81), "rejected", "metadata.auc has no value"],
    ["is the first", facts(0.9), undefined, "approved", "there is no champion yet to compare with"],
    ["is the first, and too bad", facts(0.6), undefined, "rejected", "there is no champion yet to compare with"],
    ["meets a champion without the metric", facts(0.9), facts(undefined), "undecided", "champion.auc has no value"],
    [
      "was measured on other data",
      facts(0.9),
      facts(0.81, { holdout: "another", train: "t" }),
      "undecided",
      "the champion (version 3) was measured on other data: the input holdout differs",
    ],
    [
      "was measured without a hold-out",
      facts(0.9, { train: "t" }),
      facts(0.81),
      "undecided",
      "this version was measured without the input holdout",
    ],
  ])("%s", (_, candidate, champion, verdict, message) => {
    const judgement = judgeModel(RULE, candidate, champion && { number: 3, facts: champion });
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.rules[1]?.message).toBe(message);
  });
});

test("the inputs that the file names count, else those of the usual names, else all", () => {
  const champion = { number: 1, facts: facts(0.8, { a: "1", b: "2" }) };
  const judge = (evaluation: readonly string[], inputs: Readonly<Record<string, string>>) =>
    judgeModel({ ...RULE, evaluation }, facts(0.9, inputs), champion);
  expect(judge(["a"], { a: "1", b: "changed" })).toMatchObject({ verdict: "approved", evaluation: { inputs: ["a"] } });
  expect(judge([], { a: "1", b: "changed" })).toMatchObject({
    verdict: "undecided",
    evaluation: { inputs: ["a", "b"], message: expect.stringContaining("the input b differs") },
  });
});

test("where all that is required is to beat a champion, a person decides about the first version", () => {
  const rule = { require: ["metadata.auc > champion.auc"], evaluation: [] };
  expect(judgeModel(rule, facts(0.9), undefined).verdict).toBe("undecided");
});
