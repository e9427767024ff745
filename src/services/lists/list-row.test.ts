import { describe, expect, test } from "vitest";
import type { NodeValues } from "../../store/index.ts";
import { type ListRow, namesOf, RUN_FACTS, runRow, valueNamed } from "./list-row.ts";
import { comparePlaces, expandColumns, parseSort, placeOf } from "./row-query.ts";
import { readCondition } from "./where.ts";

function node(name: string, parameters: Record<string, unknown>, metadata: Record<string, unknown>): NodeValues {
  return { node: name, execution: 1, reused: false, parameters, metadata };
}

function row(number: number, ...nodes: readonly NodeValues[]): ListRow {
  const run = {
    number,
    id: String(number),
    kind: "pipeline" as const,
    name: "p",
    state: "complete" as const,
    reason: null,
    startedBy: null,
    stoppedBy: null,
    title: "best",
    note: null,
  };
  const times = { createdAt: "", startedAt: null, finishedAt: null, durationS: 12 };
  return runRow({ ...run, ...times, tags: [], commit: "~a" }, nodes);
}

describe("valueNamed", () => {
  const sample = row(
    7,
    node("prep.data", { seed: 1 }, { rows: 10, "val.loss": 3 }),
    node("train", { depth: 3, auc: "parameter" }, { auc: 0.7, depth: 4 }),
    node("eval", {}, { auc: 0.9 }),
  );

  test.each([
    ["number", 7],
    ["title", "best"],
    ["duration", 12],
    ["auc", 0.9],
    ["train.auc", "parameter"],
    ["train.metadata.auc", 0.7],
    ["parameter.auc", "parameter"],
    ["metadata.auc", 0.9],
    ["depth", 3],
    ["metadata.depth", 4],
    ["prep.data.rows", 10],
    ["val.loss", 3],
    ["prep.data.val.loss", 3],
    ["seed", 1],
    ["nothing", undefined],
    ["constructor", undefined],
    ["__proto__", undefined],
    ["train.toString", undefined],
  ])("%s is %s", (name, value) => {
    expect(valueNamed(sample, name)).toBe(value);
  });

  test("names are bare where one node has them", () => {
    expect(namesOf(sample)).toEqual(["seed", "rows", "val.loss", "depth", "train.auc", "eval.auc"]);
  });
});

describe("the order of rows", () => {
  const rows = [
    row(1, node("a", {}, { loss: 3 })),
    row(2, node("a", {}, { loss: "NaN" })),
    row(3, node("a", {}, { loss: 1 })),
    row(4, node("a", {}, {})),
    row(5, node("a", {}, { loss: "text" })),
    row(6, node("a", {}, { loss: 3 })),
  ];

  test.each([
    ["loss", [6, 1, 3, 5, 4, 2]],
    ["loss:desc", [6, 1, 3, 5, 4, 2]],
    ["loss:asc", [3, 6, 1, 5, 4, 2]],
    ["number:asc", [1, 2, 3, 4, 5, 6]],
    ["nothing", [6, 5, 4, 3, 2, 1]],
  ])("by %s is %j", (sort, numbers) => {
    const key = parseSort(sort);
    const sorted = rows.toSorted((a, b) => comparePlaces(placeOf(a, key), placeOf(b, key), key));
    expect(sorted.map(({ number }) => number)).toEqual(numbers);
  });

  test("a name with a colon keeps it", () => {
    expect(parseSort("a:b")).toEqual({ name: "a:b", ascending: false });
    expect(parseSort("a:b:asc")).toEqual({ name: "a:b", ascending: true });
  });
});

describe("conditions", () => {
  const sample = row(7, node("train", { depth: 3, kind: "forest" }, { auc: 0.7, "val.loss": 0.2 }));

  test.each([
    ["depth >= 3 and auc > 0.6", true],
    ["train.auc > 0.7", false],
    ["val.loss < 0.3", true],
    ["kind == 'forest' and state == 'complete' and number == 7", true],
    ["kind > 3", false],
    ["nothing > 3", false],
    ["not nothing", false],
  ])("%s is %s", (text, met) => {
    expect(readCondition(text, RUN_FACTS).isMetBy(sample)).toBe(met);
  });

  test("one that cannot be read is refused", () => {
    expect(() => readCondition("a >", RUN_FACTS)).toThrow(
      'the condition "a >" cannot be read: the expression ends too early',
    );
  });
});

test("columns by pattern", () => {
  const rows = [
    row(1, node("a", { x: 1 }, { y: 2, _z: 1, list: [1] })),
    row(2, node("b", { x: 1 }, {}), node("a", { x: 1 }, {})),
  ];
  expect(expandColumns(["*"], rows)).toEqual(["x", "y", "b.x", "a.x"]);
  expect(expandColumns(["b.*", "y", "no"], rows)).toEqual(["b.x", "y", "no"]);
});
