import { describe, expect, it, test } from "vitest";
import { HeadraceError } from "../errors.ts";
import { Schedule } from "./schedule.ts";

function times(expression: string, zone: string, after: string, count: number): string[] {
  const schedule = new Schedule(expression, zone);
  const found: string[] = [];
  for (let last: Date | undefined = new Date(after); found.length < count; found.push(last.toISOString())) {
    last = schedule.next(last);
    if (last === undefined) break;
  }
  return found.map((time) => time.replace(":00.000Z", "Z"));
}

describe("a schedule", () => {
  it.each([
    ["30 2 * * *", "Europe/Helsinki", "2026-03-28T10:00:00Z", ["2026-03-29T00:30Z", "2026-03-29T23:30Z"]],
    // Clocks jump from 3 to 4: what was to come at 3:30 comes at 4.
    ["30 3 * * *", "Europe/Helsinki", "2026-03-28T10:00:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]],
    ["30 2 * * *", "America/New_York", "2026-03-07T17:00:00Z", ["2026-03-08T07:00Z", "2026-03-09T06:30Z"]],
    // Clocks go back from 2 to 1 in the night to 1 November: half past one comes once, each hour twice.
    ["30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]],
    ["30 * * * *", "America/New_York", "2026-11-01T05:00:00Z", ["2026-11-01T05:30Z", "2026-11-01T06:30Z"]],
    // Here the clocks jump by half an hour.
    ["30 2 * * *", "Australia/Lord_Howe", "2026-10-03T01:30:00Z", ["2026-10-03T15:30Z", "2026-10-04T15:30Z"]],
    ["0 0 13 * 5", "UTC", "2026-11-01T00:00:00Z", ["2026-11-06T00:00Z", "2026-11-13T00:00Z"]],
    ["0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", ["2026-03-31T00:00Z", "2026-05-31T00:00Z"]],
    ["0 0 * * 1#1", "UTC", "2026-01-15T00:00:00Z", ["2026-02-02T00:00Z", "2026-03-02T00:00Z"]],
    ["0 0 L * *", "UTC", "2028-02-01T00:00:00Z", ["2028-02-29T00:00Z", "2028-03-31T00:00Z"]],
    ["0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", ["2104-02-29T00:00Z"]],
    ["@weekly", "UTC", "2026-11-27T10:00:00Z", ["2026-11-29T00:00Z", "2026-12-06T00:00Z"]],
    ["0 9 * * MON-FRI", "Europe/Helsinki", "2026-11-27T08:00:00Z", ["2026-11-30T07:00Z", "2026-12-01T07:00Z"]],
  ])("%s in %s comes after %s at %j", (expression, zone, after, expected) => {
    expect(times(expression, zone, after, expected.length)).toEqual(expected);
  });

  it("never comes at the time that it is asked after", () => {
    expect(times("0 12 * * *", "UTC", "2026-01-01T12:00:00Z", 1)).toEqual(["2026-01-02T12:00Z"]);
  });

  test.each([
    ["", "UTC"],
    ["* * * *", "UTC"],
    ["60 * * * *", "UTC"],
    ["* * 0 * *", "UTC"],
    ["* * * 13 *", "UTC"],
    ["*/0 * * * *", "UTC"],
    ["5-1 * * * *", "UTC"],
    ["1,,2 * * * *", "UTC"],
    ["5/15 * * * *", "UTC"],
    ["* * 31 2 *", "UTC"],
    ["* * 31 4,6,9,11 *", "UTC"],
    ["@reboot", "UTC"],
    ["2026-01-01T00:00:00", "UTC"],
    ["0 0 * * *", "Mars/Olympus"],
    ["0 0 * * *", ""],
    ["* * * * * * *", "UTC"],
  ])("%j in %j is refused in words", (expression, zone) => {
    expect(() => new Schedule(expression, zone)).toThrow(HeadraceError);
  });
});
