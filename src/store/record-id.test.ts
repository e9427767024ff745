import fc from "fast-check";
import { expect, test } from "vitest";
import { createRecordId } from "./record-id.ts";

const MAX_TIME = 2 ** 48 - 1;

test("an id is a UUID of version 7 that carries its time", () => {
  const property = fc.property(fc.nat({ max: MAX_TIME }), (at) => {
    const id = createRecordId(at);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(at);
  });
  fc.assert(property);
});

test("later ids sort later", () => {
  const property = fc.property(fc.nat({ max: MAX_TIME }), fc.nat({ max: MAX_TIME }), (a, b) => {
    if (a === b) return;
    expect(createRecordId(a) < createRecordId(b)).toBe(a < b);
  });
  fc.assert(property);
});

test("ids of the same millisecond differ", () => {
  expect(new Set(Array.from({ length: 10_000 }, () => createRecordId(1))).size).toBe(10_000);
});
