import { expect, it } from "vitest";
import {
  fromProperties,
  rangeValidator,
  sameValidators,
  settledValidators,
  toProperties,
  unlessUnchanged,
  validatorsOf,
} from "./validators.ts";

const MONDAY = "Mon, 02 Nov 2026 10:00:00 GMT";
const JUST_BEFORE = "Mon, 02 Nov 2026 10:00:59 GMT";
const MINUTE_LATER = "Mon, 02 Nov 2026 10:01:00 GMT";

it.each([
  ["a strong ETag", { etag: '"1"' }, '"1"'],
  ["a strong ETag of a file that had rest", { etag: '"1"', "last-modified": MONDAY, date: MINUTE_LATER }, '"1"'],
  ["a strong ETag of a young file", { etag: '"1"', "last-modified": MONDAY, date: JUST_BEFORE }, '"1"'],
  ["a weak ETag", { etag: 'W/"1"', "last-modified": MONDAY, date: MINUTE_LATER }, undefined],
  ["a time a minute before the answer", { "last-modified": MONDAY, date: MINUTE_LATER }, MONDAY],
  ["a time less than a minute before the answer", { "last-modified": MONDAY, date: JUST_BEFORE }, undefined],
  ["a time without a date to hold it against", { "last-modified": MONDAY }, undefined],
  ["nothing", {}, undefined],
])("%s for If-Range", (_, headers, validator) => {
  expect(rangeValidator(headers)).toBe(validator);
});

it.each([
  [{}, {}, {}],
  [{ etag: 'W/"1"' }, { "headrace.http.etag": 'W/"1"' }, { "if-none-match": 'W/"1"' }],
  [
    { etag: '"1"', lastModified: MONDAY },
    { "headrace.http.etag": '"1"', "headrace.http.last-modified": MONDAY },
    { "if-none-match": '"1"', "if-modified-since": MONDAY },
  ],
])("%j survive in a datum's properties", (validators, properties, headers) => {
  expect(toProperties(validators)).toEqual(properties);
  expect(fromProperties({ ...properties, other: 1 })).toEqual(validators);
  expect(unlessUnchanged(validators)).toEqual(headers);
});

it("ignores properties of another kind", () => {
  expect(fromProperties({ "headrace.http.etag": 7 })).toEqual({});
});

it("compares what both say", () => {
  expect(sameValidators(validatorsOf({ etag: '"1"' }), { etag: '"1"' })).toBe(true);
  expect(sameValidators({ etag: '"1"' }, { etag: '"1"', lastModified: MONDAY })).toBe(false);
});

it.each([
  ["young", { etag: '"1"', "last-modified": MONDAY, date: JUST_BEFORE }, {}],
  ["without a date to hold the time against", { etag: '"1"', "last-modified": MONDAY }, {}],
  ["old enough", { etag: '"1"', "last-modified": MONDAY, date: MINUTE_LATER }, { etag: '"1"', lastModified: MONDAY }],
  ["without a time", { etag: 'W/"1"' }, { etag: 'W/"1"' }],
])("a file that is %s is known again by", (_, headers, validators) => {
  expect(settledValidators(headers)).toEqual(validators);
});
