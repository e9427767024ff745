import { describe, expect, it, test } from "vitest";
import { actorText, formatAgo, formatDuration, formatSize, formatValue, plural, shortCommit } from "./format.ts";

describe("formatDuration", () => {
  it.each([
    [0, "0.0s"],
    [0.44, "0.4s"],
    [59.94, "59.9s"],
    [59.96, "1m 00s"],
    [245, "4m 05s"],
    [3599.6, "1h 00m"],
    [7380, "2h 03m"],
    [273_600, "3d 04h"],
  ])("%d s is %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe("formatSize", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [99_949, "99.9 kB"],
    [99_951, "100 kB"],
    [999_600, "1.0 MB"],
    [5_000_000_000, "5.0 GB"],
    [2e18, "2000 PB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe("formatAgo", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  it.each([
    ["2026-03-01T12:00:03Z", "just now"],
    ["2026-03-01T11:59:56Z", "just now"],
    ["2026-03-01T11:59:15Z", "45s ago"],
    ["2026-03-01T11:01:00Z", "59m ago"],
    ["2026-02-28T13:00:00Z", "23h ago"],
    ["2026-02-01T12:00:00Z", "28d ago"],
    ["2026-01-01T12:00:00Z", "2026-01-01"],
  ])("%s is %s", (iso, text) => {
    expect(formatAgo(iso, now)).toBe(text);
  });
});

test.each([
  ["local:ada", "ada"],
  ["rule:timeout", "its timeout"],
  ["local:CORP\\ada", "CORP\\ada"],
  ["user:ada", "ada"],
  ["trigger:nightly:1", "trigger nightly:1"],
  ["execution:01a2", "execution 01a2"],
])("the actor %s is shown as %s", (actor, shown) => {
  expect(actorText(actor)).toBe(shown);
});

describe("formatValue", () => {
  it.each([
    ["text", "text"],
    [0.731284123, "0.7313"],
    [1234.56789, "1234.57"],
    [0.0000123456, "0.00001235"],
    [100_000, "100000"],
    [true, "true"],
    [null, "–"],
    [undefined, "–"],
    [[1, "a", 0.123456], "1, a, 0.1235"],
    [{ a: 1 }, '{"a":1}'],
    [Number.NaN, "NaN"],
  ] as const)("%j in short is %s", (value, text) => {
    expect(formatValue(value, { short: true })).toBe(text);
  });

  it("keeps every digit otherwise", () => {
    expect(formatValue(0.731284123)).toBe("0.731284123");
  });
});

describe("small words", () => {
  it("counts", () => {
    expect([plural(0, "file"), plural(1, "file"), plural(12_345, "file")]).toEqual([
      "0 files",
      "1 file",
      "12,345 files",
    ]);
  });

  it("shortens commits", () => {
    expect(shortCommit("0123456789abcdef0123456789abcdef01234567")).toBe("0123456789ab");
    expect(shortCommit(`~${"ab".repeat(32)}`)).toBe("~abababababab");
  });
});
