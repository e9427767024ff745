import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolvePlainScalar, resolveTaggedScalar } from "./scalar.ts";
import { YamlTimestamp } from "./timestamp.ts";

describe("unquoted scalars are what PyYAML makes of them", () => {
  test.each([
    ["", null],
    ["~", null],
    ["null", null],
    ["NULL", null],
    ["nULL", "nULL"],
    ["yes", true],
    ["Yes", true],
    ["on", true],
    ["TRUE", true],
    ["no", false],
    ["Off", false],
    ["false", false],
    ["y", "y"],
    ["N", "N"],
    ["yES", "yES"],
    ["0", 0],
    ["-0", 0],
    ["+12", 12],
    ["1_000", 1000],
    ["010", 8],
    ["-017", -15],
    ["08", "08"],
    ["0o7", "0o7"],
    ["0x1F", 31],
    ["0b1010", 10],
    ["1:30", 90],
    ["190:20:30", 685230],
    ["1:60", "1:60"],
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-99999999999999999999", -99999999999999999999n],
    ["1.5", 1.5],
    ["1.", 1],
    [".5", 0.5],
    ["-.5", "-.5"],
    ["1e3", "1e3"],
    ["1.0e3", "1.0e3"],
    ["1.0e+3", 1000],
    ["1.5E-1", 0.15],
    [".inf", Number.POSITIVE_INFINITY],
    ["-.INF", Number.NEGATIVE_INFINITY],
    [".NaN", Number.NaN],
    ["1:30.5", 90.5],
    ["1.2.3", "1.2.3"],
    ["python:3.12", "python:3.12"],
    ["--flag", "--flag"],
    ["-", "-"],
  ])("%j", (text, value) => {
    expect(resolvePlainScalar(text)).toEqual(value);
  });

  test.each([
    ["2024-01-31", "2024-01-31"],
    ["2024-02-29", "2024-02-29"],
    ["2020-09-02T00:00:00Z", "2020-09-02 00:00:00+00:00"],
    ["2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.100000-05:00"],
    ["2001-12-14 1:59:43", "2001-12-14 01:59:43"],
    ["2001-1-4 21:59:43.000", "2001-01-04 21:59:43"],
  ])("%s is a date", (text, printed) => {
    expect(resolvePlainScalar(text)).toEqual(new YamlTimestamp(printed));
  });

  test.each(["2023-02-29", "2024-13-01", "2024-1-31", "2024-01-31T25:00:00", "0000-01-01", "20240131x"])(
    "%s is no date",
    (text) => {
      expect(resolvePlainScalar(text)).toBe(text);
    },
  );

  test("whole numbers come back as they were written", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => resolvePlainScalar(String(value)) === (value === 0 ? 0 : value)),
    );
    fc.assert(
      fc.property(
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }),
        (value) => resolvePlainScalar(String(value)) === value,
      ),
    );
  });

  test("any text gives a value and never throws", () => {
    const text = fc.string({ unit: fc.constantFrom(..."0123456789abcdefxoXEe+-_.:nyNtTfF~ ") });
    fc.assert(
      fc.property(text, (candidate) => {
        expect(resolvePlainScalar(candidate)).not.toBeUndefined();
      }),
    );
  });
});

describe("tagged scalars", () => {
  test.each([
    ["str", "123", "123"],
    ["int", "0x10", 16],
    ["int", "ten", undefined],
    ["float", "3", 3],
    ["float", "x", undefined],
    ["bool", "on", true],
    ["bool", "off", false],
    ["bool", "maybe", undefined],
    ["null", "anything", null],
    ["timestamp", "2024-01-31", new YamlTimestamp("2024-01-31")],
    ["timestamp", "soon", undefined],
    ["binary", "AAAA", undefined],
  ])("!!%s %s", (tag, text, value) => {
    expect(resolveTaggedScalar(`tag:yaml.org,2002:${tag}`, text)).toEqual(value);
  });
});
