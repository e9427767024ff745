import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { CheckValue, Expectation } from "../config/index.ts";
import { Tables } from "../tables/index.ts";
import { importGreatExpectations } from "./great-expectations.ts";
import { type CheckResult, runChecks } from "./run-checks.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-checks-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Row = Readonly<Record<string, unknown>>;

let files = 0;
function fileOf(rows: readonly Row[]): string {
  const path = join(root, `${files++}.json`);
  writeFileSync(path, JSON.stringify(rows));
  return path;
}

const NOW = new Date("2026-03-10T00:00:00Z");
type Given = Expectation extends infer E ? (E extends Expectation ? Omit<E, "severity"> : never) : never;

async function check(tables: Tables, expectations: readonly Given[], examples = 3): Promise<readonly CheckResult[]> {
  const { columns } = await tables.describe(0);
  const ask = async (sql: string) => (await tables.query(sql)).rows;
  const whole = expectations.map((each) => ({ severity: "error", ...each }) as Expectation);
  return await runChecks({ columns, ask }, whole, { now: NOW, examples });
}

interface Vector {
  readonly expectation: string;
  readonly kwargs: unknown;
  readonly success: boolean;
  readonly unexpected_count: number | null;
}

describe("the expectations of Great Expectations", () => {
  it("have its verdicts and its counts", async () => {
    const { table, vectors } = JSON.parse(
      readFileSync(join(import.meta.dirname, "fixtures/great-expectations.json"), "utf8"),
    ) as { readonly table: Readonly<Record<string, readonly unknown[]>>; readonly vectors: readonly Vector[] };
    const names = Object.keys(table);
    const rows = (table.id ?? []).map((_, row) => Object.fromEntries(names.map((name) => [name, table[name]?.[row]])));
    await using tables = Tables.open([fileOf(rows)]);
    expect(vectors.length).toBeGreaterThan(200);
    for (const { expectation, kwargs, success, unexpected_count } of vectors) {
      const { expectations, skipped } = importGreatExpectations([{ type: expectation, kwargs }]);
      expect(skipped, expectation).toEqual([]);
      const results = await check(tables, expectations, 0);
      const answer = {
        success: results.every(({ outcome }) => outcome === "passed"),
        unexpected: results[0]?.bad ?? null,
      };
      expect(answer, `${expectation} ${JSON.stringify(kwargs)}`).toEqual({ success, unexpected: unexpected_count });
    }
  });
});

const value = fc.oneof(fc.constant(null), fc.integer({ min: -5, max: 5 }));
const text = fc.oneof(fc.constant(null), fc.constantFrom("", "a", "A", "b'", 'c"', "ü", "aa"));
const rowsOf = fc.array(fc.record({ n: value, m: value, t: text }), { minLength: 1, maxLength: 12 });

/** Evaluates the rules of the docs row by row, in another language than SQL. */
function badRows(rows: readonly Row[], rule: Given): readonly number[] {
  const bad = (test: (row: Row, index: number) => boolean): readonly number[] =>
    rows.flatMap((row, index) => (test(row, index) ? [index + 1] : []));
  switch (rule.rule) {
    case "not-null":
      return bad((row) => row[rule.column] === null);
    case "between":
      return bad((row) => {
        const cell = row[rule.column];
        const { min = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = rule.bounds;
        return typeof cell === "number" && (cell < Number(min) || cell >= Number(below));
      });
    case "in":
      return bad((row) => row[rule.column] !== null && !rule.values.includes(row[rule.column] as CheckValue));
    case "length":
      return bad((row) => typeof row.t === "string" && [...row.t].length > Number(rule.bounds.max));
    case "unique": {
      const key = (row: Row): string => JSON.stringify(rule.columns.map((column) => row[column]));
      const counted = (row: Row): boolean => rule.columns.some((column) => row[column] !== null);
      return bad((row) => counted(row) && rows.filter((other) => key(other) === key(row)).length > 1);
    }
    case "compare":
      return bad(({ n, m }) => (n !== null || m !== null) && !(n !== null && m !== null && Number(n) <= Number(m)));
    case "increasing":
      return bad(({ n }, index) => {
        const before = rows.slice(0, index).findLast((row) => row.n !== null)?.n;
        return n !== null && before !== undefined && Number(n) <= Number(before);
      });
    default:
      throw new Error(`there is no reference for ${rule.rule}`);
  }
}

describe("rules of rows", () => {
  it("find the rows that a plain reading of the table finds, whatever it holds", async () => {
    const rules: readonly Given[] = [
      { rule: "not-null", column: "t" },
      { rule: "between", column: "n", bounds: { min: -2, below: 3 } },
      { rule: "in", column: "t", values: ["a", "b'", 'c"', 3] },
      { rule: "in", column: "n", values: [1, 2, "1"] },
      { rule: "length", column: "t", bounds: { max: 1 } },
      { rule: "unique", columns: ["n"] },
      { rule: "unique", columns: ["n", "t"] },
      { rule: "compare", left: "n", comparison: "<=", right: "m" },
      { rule: "increasing", column: "n", strictly: true },
    ];
    await fc.assert(
      fc.asyncProperty(rowsOf, async (rows) => {
        // Without these, a column that is null in all rows has another type.
        const all = [{ n: 9, m: 9, t: "zz" }, ...rows, { n: 10, m: 10, t: "yy" }];
        await using tables = Tables.open([fileOf(all)]);
        const results = await check(tables, rules, 100);
        for (const [index, rule] of rules.entries()) {
          const expected = badRows(all, rule);
          const { bad, examples = [], error } = results[index] as CheckResult;
          expect({ rule, bad, rows: examples.map(({ row }) => row), error }).toEqual({
            ...{ rule, bad: expected.length, rows: expected, error: undefined },
          });
        }
      }),
      { numRuns: 25 },
    );
  });

  it("take names and texts as they are", async () => {
    const column = `it's "x"; --\n日`;
    await using tables = Tables.open([fileOf([{ [column]: "a'b" }, { [column]: "c" }, { [column]: null }])]);
    const results = await check(tables, [
      { rule: "in", column, values: ["a'b", "'; DROP TABLE data; --"] },
      { rule: "matches", column, patterns: ["a'"] },
      { rule: "values-equal", column, values: ["c", "a'b"] },
    ]);
    expect(results.map(({ outcome, bad }) => [outcome, bad])).toEqual([
      ["failed", 1],
      ["failed", 1],
      ["passed", 0],
    ]);
    expect(results[0]?.examples).toEqual([{ row: 2, values: { [column]: "c" } }]);
  });

  it("count the share that has to keep them, and the rows that they are about", async () => {
    const rows = Array.from({ length: 100 }, (_, n) => ({ n, kind: n < 50 ? "a" : "b" }));
    await using tables = Tables.open([fileOf(rows)]);
    const below: Given = { rule: "between", column: "n", bounds: { max: 89 } };
    const results = await check(tables, [
      { ...below, mostly: 0.9 },
      { ...below, mostly: 0.91 },
      { ...below, where: "kind = 'a'" },
      { ...below, where: "kind = 'b'", mostly: 0.9 },
      { ...below, where: "kind = 'c'" },
    ]);
    expect(results.map(({ outcome, bad, counted }) => [outcome, bad, counted])).toEqual([
      ["passed", 10, 100],
      ["failed", 10, 100],
      ["passed", 0, 50],
      ["failed", 10, 50],
      ["passed", 0, 0],
    ]);
    expect(results[3]?.examples?.[0]).toEqual({ row: 91, values: { n: 90 } });
  });
});

describe("a check that cannot be told", () => {
  it("says why, and leaves the others alone", async () => {
    await using tables = Tables.open([fileOf([{ n: 1, t: "x" }])]);
    const results = await check(tables, [
      { rule: "not-null", column: "n" },
      { rule: "not-null", column: "absent" },
      { rule: "matches", column: "t", patterns: ["(?=x)"] },
      { rule: "row", condition: "absent > 1" },
      { rule: "sql", query: "select 1; select 2" },
      { rule: "sql", query: "copy data to '/tmp/stolen.csv'" },
      { rule: "sql", query: "select * from read_text('/etc/passwd')" },
      { rule: "sql", query: "select true", where: "n = 1" },
      { rule: "mean", column: "t", bounds: { max: 1 } },
      { rule: "row", condition: "n = 1" },
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(["passed", ...Array<string>(8).fill("error"), "passed"]);
    const errors = results.map(({ error }) => error ?? "");
    expect(errors[1]).toBe("the table has no column absent; it has n, t");
    expect(errors[4]).toContain("this is not one query");
    expect(errors[5]).toContain("Permission Error");
    expect(errors[6]).toContain("Permission Error");
  });
});

describe("figures", () => {
  it("of queries, freshness, sets and columns", async () => {
    await using tables = Tables.open([
      fileOf([
        { t: "a", at: "2026-03-09T12:00:00Z" },
        { t: "b", at: "2026-03-08T00:00:00Z" },
      ]),
    ]);
    const results = await check(tables, [
      { rule: "sql", query: "select count(*) = 2 from data" },
      { rule: "sql", query: "select * from data where t = 'c'" },
      { rule: "sql", query: "select * from data where t <> 'c'" },
      { rule: "fresh", column: "at", seconds: 86_400 },
      { rule: "fresh", column: "at", seconds: 3_600 },
      { rule: "values-contain", column: "t", values: ["a", "z"] },
      { rule: "columns", names: ["at", "t"], others: false, ordered: false },
      { rule: "columns", names: ["at", "t"], others: false, ordered: true },
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual([
      ...["passed", "passed", "failed", "passed", "failed", "failed", "passed", "failed"],
    ]);
    expect(results[2]?.observed).toBe(2);
    expect(results[5]?.observed).toEqual(["z"]);
  });

  it("that are not there, or no numbers, keep no limit", async () => {
    const path = join(root, "nan.csv");
    writeFileSync(path, "n,e\n1,\nnan,\n");
    await using tables = Tables.open([path]);
    const results = await check(tables, [
      { rule: "mean", column: "n", bounds: { min: 0 } },
      { rule: "mean", column: "e", bounds: { min: 0 } },
      { rule: "between", column: "n", bounds: { min: 0 } },
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(["failed", "error", "failed"]);
    expect(results[2]).toMatchObject({ bad: 1, examples: [{ row: 2 }] });
  });
});

describe("a reference to another table", () => {
  it("is broken by values that are not there; a value that is missing refers to nothing", async () => {
    const flights = fileOf([{ carrier: "AA" }, { carrier: "XX" }, { carrier: null }, { carrier: "DL" }]);
    await using tables = Tables.open([flights, fileOf([{ code: "AA" }, { code: null }, { code: "DL" }])]);
    const results = await check(tables, [
      { rule: "references", column: "carrier", to: "code" },
      { rule: "references", column: "carrier", to: "absent" },
    ]);
    expect(results[0]).toMatchObject({ outcome: "failed", counted: 3, bad: 1 });
    expect(results[0]?.examples).toEqual([{ row: 2, values: { carrier: "XX" } }]);
    expect(results[1]).toMatchObject({ outcome: "error" });
  });
});

describe("a change", () => {
  it("is measured from the figure of before, and without one holds", async () => {
    await using tables = Tables.open([fileOf([{ n: 10 }, { n: 20 }])]);
    const { columns } = await tables.describe(0);
    const ask = async (sql: string) => (await tables.query(sql)).rows;
    const mean: Expectation = { severity: "error", rule: "mean", column: "n", bounds: { change: 0.1, max: 15.5 } };
    const outcomeFor = async (previous: number | undefined) => {
      const options = { now: NOW, examples: 0, previous: () => previous };
      const [result] = await runChecks({ columns, ask }, [mean], options);
      return [result?.outcome, result?.previous];
    };
    expect(await outcomeFor(undefined)).toEqual(["passed", undefined]);
    expect(await outcomeFor(14)).toEqual(["passed", 14]);
    expect(await outcomeFor(13)).toEqual(["failed", 13]);
    expect(await outcomeFor(-15)).toEqual(["failed", -15]);
  });
});
