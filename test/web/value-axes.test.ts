import { expect, test } from "vitest";
import type { ComparisonView } from "../../src/api/index.ts";
import { valueAxes } from "../../web/src/pages/compare/value-axes.ts";

const row = (name: string, ...values: (number | string | null)[]) => ({ name, values, differs: true });
const compared = (...sections: ComparisonView["sections"]): ComparisonView => ({ subjects: [], missing: [], sections });

test("numbers lie between the least and the greatest, few texts in their order; a value may lack", () => {
  const axes = valueAxes(
    compared(
      { title: "metadata", node: "train", rows: [row("auc", 0.5, 1, null)] },
      {
        title: "parameters",
        node: "train",
        rows: [row("kind", "b", "a", "b"), { ...row("seed", 1, 1, 1), differs: false }],
      },
    ),
  );
  expect(axes).toEqual([
    {
      ...{ name: "kind", kind: "parameter", values: ["b", "a", "b"], places: [1, 0, 1] },
      ticks: [
        { at: 0, value: "a" },
        { at: 1, value: "b" },
      ],
    },
    {
      ...{ name: "auc", kind: "metric", values: [0.5, 1, null], places: [0, 1, null] },
      ticks: [
        { at: 0, value: 0.5 },
        { at: 1, value: 1 },
      ],
    },
  ]);
});

test("of several nodes, an axis says whose it is; what cannot be drawn is none", () => {
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);
  const axes = valueAxes(
    compared(
      { title: "parameters", node: "a", rows: [row("rate", 1, 2), row("note", ...texts)] },
      { title: "parameters", node: "b", rows: [row("rate", 1, 3), row("copied", 1, 2)] },
      { title: "outputs", node: "b", rows: [row("model", "x", "y")] },
    ),
  );
  expect(axes.map(({ name }) => name)).toEqual(["a.rate", "b.rate"]);
});
