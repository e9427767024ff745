import { describe, expect, test } from "vitest";
import type { NodeValues } from "../../store/index.ts";
import { type ListRow, namesOf, RUN_FACTS, runRow, valueNamed } from "./list-row.ts";
import { expandColumns, parseSort, valuesUnder } from "./row-query.ts";
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

  test("a pattern may ask for metadata alone, or for parameters alone", () => {
    expect(expandColumns(["metadata.*"], [sample])).toEqual([
      ...["metadata.rows", "metadata.val.loss", "train.metadata.auc", "eval.metadata.auc", "metadata.depth"],
    ]);
    const metadata = valuesUnder(expandColumns(["metadata.*"], [sample]))(sample);
    expect([metadata["metadata.depth"], metadata["train.metadata.auc"], metadata["eval.metadata.auc"]]).toEqual([
      ...[4, 0.7, 0.9],
    ]);
    expect(expandColumns(["parameter.*"], [sample])).toEqual(["parameter.seed", "parameter.depth", "parameter.auc"]);
  });

  test("names are bare where one node has them", () => {
    expect(namesOf(sample)).toEqual(["seed", "rows", "val.loss", "depth", "train.auc", "eval.auc"]);
  });
});

describe("the values of a row", () => {
  const sample = row(
    7,
    node("prepare", { seed: 1 }, { rows: 5, "train.odd": 3 }),
    node("train", { seed: 2, depth: 3 }, { auc: 0.7, "val.loss": 0.2 }),
    node("train.late", {}, { auc: 0.9 }),
  );

  test.each([
    ...["seed", "train.seed", "parameter.seed", "metadata.auc", "train.metadata.auc", "train.parameter.depth"],
    ...["val.loss", "train.val.loss", "train.late.auc", "train.odd", "prepare.train.odd", "state", "number"],
  ])("have %s as it is named", (name) => {
    expect(valueNamed(sample, name)).toBeDefined();
    expect(valuesUnder(["nothing", name, "train.nothing"])(sample)).toEqual({ [name]: valueNamed(sample, name) });
  });
});

test("the values of a row come in the order of the columns", () => {
  const values = valuesUnder(["auc", "depth", "number"])(row(7, node("a", { depth: 3 }, { auc: 0.5 })));
  expect(Object.entries(values)).toEqual([
    ["auc", 0.5],
    ["depth", 3],
    ["number", 7],
  ]);
});

describe("an order", () => {
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
