import { expect, test } from "vitest";
import { readSentence } from "../../web/src/pages/runs/read-sentence.ts";

const NOW = new Date(2026, 2, 10, 15, 30).getTime();
const iso = (...parts: readonly [number, number, number]): string => new Date(...parts).toISOString();

test.each([
  ["auc >= 0.7", { where: "auc >= 0.7" }],
  ["state is failed", { states: ["error"] }],
  ["state is complete or running", { states: ["complete", "started", "stopping"] }],
  [
    "state is failed and metric auc > 0.9 and started after yesterday",
    { states: ["error"], where: "auc > 0.9", since: iso(2026, 2, 9) },
  ],
  ['tagged sweep and tag is "night and day"', { tags: ["sweep", "night and day"] }],
  [
    "pipeline is delays and depth is at least 3 and rate is 0.1",
    { name: "delays", where: "depth >= 3 and rate == 0.1" },
  ],
  ["created on 2026-03-01", { since: iso(2026, 2, 1), until: iso(2026, 2, 2) }],
  ["created before today", { until: iso(2026, 2, 10) }],
  ["started since 2 hours ago", { since: new Date(NOW - 7_200_000).toISOString() }],
  ["(a > 1 and b > 2) or c == 'x and y'", { where: "(a > 1 and b > 2) or c == 'x and y'" }],
  ["  ", {}],
])("%s", (sentence, search) => {
  expect(readSentence(sentence, NOW)).toEqual({ search });
});

test.each([
  ["state is sad", "“sad” is no state: created, queued, started, stopping, complete, error, stopped, failed, running"],
  ["started after the rain", "“the rain” is no day: today, yesterday, 3 days ago, 2026-03-01"],
])("%s is not understood", (sentence, problem) => {
  expect(readSentence(sentence, NOW).problem).toBe(problem);
});
