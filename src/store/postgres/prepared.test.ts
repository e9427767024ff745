import fc from "fast-check";
import { expect, test } from "vitest";
import { bind, prepare, prepareRows, storable } from "./prepared.ts";

test.each([
  ["select 1", "select 1", []],
  ["where a = :a and b > :b", "where a = $1 and b > $2", ["a", "b"]],
  ["set a = :at, b = :at where c = :c", "set a = $1, b = $1 where c = $2", ["at", "c"]],
  ["values (:a, ':b', '{}', :b_2)", "values ($1, ':b', '{}', $2)", ["a", "b_2"]],
  ["select x::int, 'it''s :not', :a::text", "select x::int, 'it''s :not', $1::text", ["a"]],
])("%s", (text, expected, parameters) => {
  expect(prepare(text)).toMatchObject({ text: expected, parameters });
});

test.each([
  ["insert into t (a, b) values (:a, :b)", 2, "insert into t (a, b) values ($1, $2), ($3, $4)", ["a", "b"]],
  [
    "insert into t (a, s, b, c) values (:a, 'x', :b, :a) on conflict do nothing",
    3,
    "insert into t (a, s, b, c) values ($1, 'x', $2, $1), ($3, 'x', $4, $3), ($5, 'x', $6, $5) on conflict do nothing",
    ["a", "b"],
  ],
  ["insert into t (a) values (:a)", 1, "insert into t (a) values ($1)", ["a"]],
])("%s for %i rows", (text, rows, expected, parameters) => {
  expect(prepareRows(text, rows)).toMatchObject({ text: expected, parameters });
});

test("only inserts take many rows at once", () => {
  expect(prepareRows("update t set a = :a", 2)).toBeUndefined();
});

test("the same statement keeps its name, and no two share one", () => {
  const [first, again, other, rows] = [
    prepare("select :a"),
    prepare("select :a"),
    prepare("select :b"),
    prepareRows("x values (:a)", 2),
  ];
  expect(again).toBe(first);
  expect(new Set([first.name, other.name, rows?.name]).size).toBe(3);
});

test("values go by name; one that is missing is a mistake", () => {
  const statement = prepare("a = :a and b = :b and c = :a");
  expect(bind(statement, { b: null, a: "x", unused: 1 })).toEqual(["x", null]);
  expect(() => bind(statement, { a: 1 })).toThrow("no value for :b");
});

test("what PostgreSQL cannot keep is replaced, all else stays", () => {
  expect(storable("a\0b\0")).toBe("a\uFFFDb\uFFFD");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(storable(text)).toBe(text.split("\0").join("\uFFFD"));
    }),
  );
});
