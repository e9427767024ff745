import { expect, test } from "vitest";
import { believedTime } from "./believed-time.ts";

const DAY = 24 * 3_600_000;
const T = 1_800_000_000_000;

test.each([
  ["a first run believes the clock", { now: T, recorded: [T - 1000], before: undefined }, T],
  ["a project in use believes the clock", { now: T, recorded: [T - 2 * DAY, T - 1000], before: T - DAY }, T],
  [
    "one reading two years ahead is not believed",
    { now: T + 730 * DAY, recorded: [T, T + 730 * DAY], before: T - DAY },
    T + 29 * DAY,
  ],
  [
    "nor where the stamp was lost",
    { now: T + 730 * DAY, recorded: [T, T + 730 * DAY], before: undefined },
    T + 30 * DAY,
  ],
  ["the next one goes on from there", { now: T + 732 * DAY, recorded: [T], before: T + 30 * DAY }, T + 60 * DAY],
  [
    "nor is one that has been ahead for days, of which there are records",
    { now: T + 733 * DAY, recorded: [T, T + 730 * DAY, T + 731 * DAY], before: T + 60 * DAY },
    T + 90 * DAY,
  ],
  [
    "a clock that was set right is believed",
    { now: T + DAY, recorded: [T, T + 730 * DAY], before: T + 30 * DAY },
    T + DAY,
  ],
])("%s", (_, moments, expected) => {
  expect(believedTime(moments)).toBe(expected);
});
