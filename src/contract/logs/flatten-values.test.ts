import { expect, test } from "vitest";
import { flattenValues } from "./flatten-values.ts";

test.each<[name: string, values: Readonly<Record<string, unknown>>, flat: Readonly<Record<string, unknown>>]>([
  ["plain values stay", { loss: 1, name: "a" }, { loss: 1, name: "a" }],
  [
    "records become keys with dots",
    { nested: { rmse: 1.5, deep: { r2: 0.5 } }, loss: 1 },
    { "nested.rmse": 1.5, "nested.deep.r2": 0.5, loss: 1 },
  ],
  ["lists stay, records in them too", { a: { b: [1, { c: 2 }] } }, { "a.b": [1, { c: 2 }] }],
  ["an empty record is a value", { a: {}, b: { c: {} } }, { a: {}, "b.c": {} }],
  ["null is a value", { a: { b: null } }, { "a.b": null }],
  ["the later spelling counts", { a: { b: 1 }, "a.b": 2 }, { "a.b": 2 }],
])("%s", (_, values, flat) => {
  expect(flattenValues(values)).toEqual(flat);
});

test("a key called __proto__ is a key", () => {
  const values = JSON.parse('{"__proto__": {"x": 1}, "a": {"__proto__": 2}}') as Readonly<Record<string, unknown>>;
  expect(Object.entries(flattenValues(values))).toEqual([
    ["__proto__.x", 1],
    ["a.__proto__", 2],
  ]);
});

test("deep records stay records", () => {
  const depth = 4_000;
  const values = JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`) as Readonly<Record<string, unknown>>;
  expect(Object.keys(flattenValues(values))).toEqual([Array.from({ length: 17 }, () => "a").join(".")]);
});
