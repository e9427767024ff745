import { describe, expect, it } from "vitest";
import { type StepCheckForm, stepCheckSchema } from "../schema/checks.ts";
import { stepChecksOf } from "./step-checks-of.ts";

function problemsOf(check: StepCheckForm): readonly string[] {
  return stepChecksOf([check], ["flights", "airports"]).problems.map(
    ({ path, message }) => `${path.join(".")}: ${message}`,
  );
}

describe("the checks of a step", () => {
  it("are read with what they leave out", () => {
    const forms = [
      { input: "flights", rows: { min: 10, change: 0.2 }, columns: { origin: { references: { input: "airports" } } } },
      { output: "*.parquet", drift: { against: "previous" }, "on-fail": "warn", redact: ["name"] },
      { metadata: { auc: { min: 0.7 }, kind: { in: ["a", "b"] }, epochs: 3 } },
    ].map((form) => stepCheckSchema.parse(form));
    expect(stepChecksOf(forms, ["flights", "airports"])).toEqual({
      problems: [],
      checks: [
        {
          ...{ kind: "input", input: "flights", examples: 5, redact: [] },
          expectations: [
            { severity: "error", rule: "rows", bounds: { change: 0.2, min: 10 } },
            { severity: "error", rule: "references", column: "origin", to: "origin", input: "airports" },
          ],
        },
        {
          ...{ kind: "output", output: "*.parquet", expectations: [], examples: 5, redact: ["name"] },
          drift: { against: "previous", share: 0.3, severity: "warn" },
        },
        {
          kind: "metadata",
          expectations: [
            { key: "auc", severity: "error", bounds: { min: 0.7 } },
            { key: "kind", severity: "error", bounds: {}, values: ["a", "b"] },
            { key: "epochs", severity: "error", bounds: { min: 3, max: 3 } },
          ],
        },
      ],
    });
  });

  const cases: readonly (readonly [StepCheckForm, string])[] = [
    [{ rows: 1 }, "checks.0: the check does not say what it is about"],
    [{ input: "flights", output: "x", rows: 1 }, "checks.0: the check is about input and output"],
    [{ input: "gone", rows: 1 }, "checks.0.input: the step has no input `gone`"],
    [{ output: "x", files: "*.csv", rows: 1 }, "checks.0.files: `files` is for an input"],
    [{ output: "x" }, "checks.0: nothing is expected"],
    [{ output: "x", drift: { against: "gone" } }, "checks.0.drift.against: the step has no input `gone`"],
    [{ metadata: { auc: 1 }, rows: 1 }, "checks.0.rows: metadata is no table: `rows` is not for it"],
    [
      { output: "x", columns: { a: { references: { column: "b" } } } },
      "checks.0.columns.a.references: there is no table that the values refer to",
    ],
    [
      { output: "x", columns: { a: { length: { change: 0.1 } } } },
      "checks.0.columns.a.length.change: `change` is for figures",
    ],
  ];
  it.for(cases)("are refused where they say nothing or name what is not there: %j", ([form, problem]) => {
    expect(problemsOf(form)[0]).toBe(problem);
  });
});
