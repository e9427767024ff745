import fc from "fast-check";
import { expect, test } from "vitest";
import { metadataFigures } from "./metadata-figures.ts";

test("a square table of numbers is a matrix, named by its labels", () => {
  const cells = [
    [51, 4],
    [6, 60],
  ];
  const named = { rows: ["cat", "dog"], columns: ["cat", "dog"], cells };
  expect(metadataFigures({ confusion: cells, labels: ["cat", "dog"] }).matrices).toEqual([
    { key: "confusion", ...named },
  ]);
  expect(metadataFigures({ cm: cells, cm_labels: ["cat", "dog"], labels: [1, 2] }).matrices).toEqual([
    { key: "cm", ...named },
  ]);
  expect(metadataFigures({ cm: cells, labels: ["one"] }).matrices).toMatchObject([{ rows: ["0", "1"] }]);
});

test("triples are a matrix, with the classes in one order on both sides", () => {
  const cm = [
    ["b", "b", 7],
    ["a", "b", 1],
    ["a", "a", 5],
    ["b", "a", 2],
  ];
  expect(metadataFigures({ cm }).matrices).toEqual([
    {
      key: "cm",
      rows: ["b", "a"],
      columns: ["b", "a"],
      cells: [
        [7, 2],
        [1, 5],
      ],
    },
  ]);
  expect(
    metadataFigures({
      cm: [
        ["a", "x", 1],
        ["b", "y", 2],
      ],
    }).matrices,
  ).toEqual([
    {
      key: "cm",
      rows: ["a", "b"],
      columns: ["x", "y"],
      cells: [
        [1, undefined],
        [undefined, 2],
      ],
    },
  ]);
});

test.each([
  [
    "pairs",
    {
      roc: [
        [0, 0],
        [0.1, 0.5],
        [1, 1],
      ],
    },
    "roc",
  ],
  [
    "pairs of two points, which are a square too",
    {
      test_roc: [
        [0, 0],
        [1, 1],
      ],
    },
    "test_roc",
  ],
  [
    "pairs with thresholds",
    {
      roc: [
        [0, 0, 2],
        [0.1, 0.5, 0.9],
        [1, 1, 0],
      ],
    },
    "roc",
  ],
  ["two lists", { fpr: [0, 0.1, 1], tpr: [0, 0.5, 1] }, "roc"],
  ["two lists from their end", { val_fpr: [1, 0.1, 0], val_tpr: [1, 0.5, 0] }, "val_roc"],
])("a ROC curve comes as %s", (_name, metadata, key) => {
  const { curves, matrices } = metadataFigures(metadata);
  expect(matrices).toEqual([]);
  expect(curves).toMatchObject([
    {
      key,
      kind: "roc",
      points: [
        { x: 0, y: 0 },
        ...(Object.values(metadata)[0]?.length === 2 ? [] : [{ x: 0.1, y: 0.5 }]),
        { x: 1, y: 1 },
      ],
    },
  ]);
});

test("the area is that below the curve, steps included", () => {
  expect(metadataFigures({ fpr: [0, 0, 0.5, 0.5, 1], tpr: [0, 0.5, 0.5, 1, 1] }).curves[0]?.area).toBeCloseTo(0.75);
  expect(metadataFigures({ precision: [0.5, 1, 1], recall: [1, 0.5, 0] }).curves).toMatchObject([
    { key: "precision_recall", kind: "precision-recall", area: 0.875 },
  ]);
});

test.each([
  { a: 1 },
  { a: [1, 2, 3] },
  { a: [[1, 2], [3]] },
  {
    a: [
      ["x", "y"],
      ["z", "w"],
    ],
  },
  { fpr: [0, 1], tpr: [0] },
  { fpr: [0, 2], tpr: [0, 1] },
  { roc: "none" },
])("%j is no figure", (metadata) => {
  expect(metadataFigures(metadata)).toEqual({ matrices: [], curves: [] });
});

test("whatever is printed, nothing is thrown", () => {
  const key = fc.constantFrom("roc", "fpr", "tpr", "labels", "cm", "__proto__", "constructor");
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), (metadata) => {
      const { matrices, curves } = metadataFigures(metadata);
      for (const { rows, cells } of matrices) expect(cells).toHaveLength(rows.length);
      for (const { area } of curves) expect(area).toBeGreaterThanOrEqual(0);
    }),
  );
});
