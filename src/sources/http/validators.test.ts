import { expect, it } from "vitest";
import {
  fromProperties,
  isKnownState,
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

const HERE = { url: new URL("https://host/a.csv"), first: new URL("https://host/a.csv") };
const led = (to: string) => ({ url: new URL(to, HERE.first), first: HERE.first });

it.each([
  [{}, {}, {}],
  [{ etag: 'W/"1"' }, { "headrace.http.etag": 'W/"1"' }, { "if-none-match": 'W/"1"' }],
  [
    { etag: '"1"', lastModified: MONDAY },
    { "headrace.http.etag": '"1"', "headrace.http.last-modified": MONDAY },
    { "if-none-match": '"1"' },
  ],
])("%j survive in a datum's properties", (validators, properties, headers) => {
  expect(toProperties(validators)).toEqual(properties);
  expect(fromProperties({ ...properties, other: 1 })).toEqual(validators);
  expect(unlessUnchanged(validators, HERE)).toEqual(headers);
});

it("asks nothing of another address than the one that gave the ETag", () => {
  const known = settledValidators({ etag: '"1"' }, led("/v1/a.csv"));
  expect(unlessUnchanged(known, led("/v1/a.csv"))).toEqual({ "if-none-match": '"1"' });
  for (const to of ["/v2/a.csv", "/v1/a.csv?version=2", "https://other/v1/a.csv", HERE.first.href]) {
    expect(unlessUnchanged(known, led(to))).toEqual({});
  }
  expect(unlessUnchanged(settledValidators({ etag: '"1"' }, HERE), led("/v1/a.csv"))).toEqual({});
});

it("knows an address again whatever signature it bears", () => {
  const signed = (signature: string) =>
    led(
      `https://store/a.csv?version=1&Expires=17643${signature.length}0000&Policy=${signature}&Signature=${signature}`,
    );
  const known = settledValidators({ etag: '"1"' }, signed("eyJwb2xpY3kiOjF9"));
  expect(unlessUnchanged(known, signed("eyJwb2xpY3kiOjJ9YQ"))).toEqual({ "if-none-match": '"1"' });
});

it.each([
  ["the same time and size", { "last-modified": MONDAY, "content-length": "5", date: MINUTE_LATER }, true],
  ["another size", { "last-modified": MONDAY, "content-length": "6", date: MINUTE_LATER }, false],
  ["no size", { "last-modified": MONDAY, date: MINUTE_LATER }, false],
  ["an ETag besides", { "last-modified": MONDAY, "content-length": "5", etag: '"2"', date: MINUTE_LATER }, false],
  [
    "an older time",
    { "last-modified": "Sun, 01 Nov 2026 09:00:00 GMT", "content-length": "5", date: MINUTE_LATER },
    false,
  ],
])("an answer with %s: %#", (_, headers, isKnown) => {
  expect(isKnownState({ lastModified: MONDAY, sizeBytes: 5 }, headers, HERE)).toBe(isKnown);
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
  expect(settledValidators(headers, HERE)).toEqual(validators);
});
