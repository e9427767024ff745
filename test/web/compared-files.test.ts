import { expect, test } from "vitest";
import type { ComparisonSection, TableColumnView, TableView } from "../../src/api/index.ts";
import { changedCode } from "../../web/src/pages/compare/changed-code.ts";
import { comparedOutputs } from "../../web/src/pages/compare/compared-outputs.ts";
import { tableChanges } from "../../web/src/shared/preview/table-changes.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);

function section(
  title: ComparisonSection["title"],
  node: string | null,
  rows: Readonly<Record<string, readonly (string | null)[]>>,
): ComparisonSection {
  const all = Object.entries(rows).map(([name, values]) => ({
    ...{ name, values: [...values], differs: values.some((value) => value !== values[0]) },
  }));
  return { title, node, rows: all };
}

test("code that differs is the files whose contents do, also where some lack one", () => {
  const sections = [
    section("code", null, { commit: ["~1", "~2"], "a.py": [A, B], "b.py": [A, A], "c.py": [null, B], d: ["→ x", A] }),
    section("code", "train", { command: ["a", "b"] }),
  ];
  expect(changedCode({ sections })).toEqual(["a.py", "c.py", "d"]);
});

test("files that differ come first, outputs before inputs; equal inputs are left out", () => {
  const sections = [
    section("inputs", "train", { "rows/a.csv": [A, B], "rows/b.csv": [A, A], "rows/c.csv": [A, null] }),
    section("outputs", "train", { "a.csv": [A, B], "b.txt": [A, A], "c.png": [A, B] }),
  ];
  expect(comparedOutputs({ sections }).map(({ key }) => key)).toEqual([
    ...["train/c.png", "train/a.csv", "inputs/train/rows/a.csv", "train/b.txt"],
  ]);
});

function column(name: string, changed: Partial<TableColumnView> = {}): TableColumnView {
  const facts = { type: "BIGINT", kind: "number", missing: 0, distinct: 2, min: "1", max: "9", mean: 5 } as const;
  return { name, ...facts, deviation: 1, quartiles: [2, 5, 7], bins: [], top: [], ...changed };
}

function table(rows: number, ...columns: readonly TableColumnView[]): TableView {
  return { rows, profiledRows: rows, columnCount: columns.length, columns: [...columns], first: [], isPart: false };
}

test("tables differ in figures, and in columns that one of them lacks", () => {
  const before = table(10, column("same"), column("delay"), column("gone"));
  const after = table(1_500, column("same"), column("delay", { max: "90", missing: 3 }), column("new"));
  expect(tableChanges(before, after).map((change) => Object.values(change).join(" "))).toEqual([
    " rows 10 1,500",
    "delay missing 0 3",
    "delay greatest 9 90",
    "new column – BIGINT",
    "gone column BIGINT –",
  ]);
});
