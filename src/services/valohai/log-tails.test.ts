import { describe, expect, test } from "vitest";
import type { LogLine } from "../../api/index.ts";
import { extended, KEPT_LINES, LogTails, lastOf } from "./log-tails.ts";

const lines = (first: number, count: number, text = ""): LogLine[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ execution: 1, node: "a", at: "2026-01-01T00:00:00.000Z", stream: "stdout", continues: false },
    text: `${first + index}${text}`,
  }));

describe("tails of logs", () => {
  test("grow by what came, and keep the last lines", () => {
    const tail = extended(extended({ count: 0, last: [] }, lines(0, 1_500), "a"), lines(1_500, 1_500), "b");
    expect([tail.count, tail.next, tail.last.length, tail.last.at(-1)?.text]).toEqual([3_000, "b", KEPT_LINES, "2999"]);
    expect(lastOf(tail, 2)?.map(({ text }) => text)).toEqual(["2998", "2999"]);
    expect(lastOf(tail, KEPT_LINES + 1)).toBeUndefined();
    expect(lastOf(extended({ count: 0, last: [] }, lines(0, 3), "a"), 9)).toHaveLength(3);
  });

  test("are kept for a minute, the longest of those that were read at once, and none of long lines", () => {
    const tails = new LogTails();
    const long = extended({ count: 0, last: [] }, lines(0, 20), "long");
    tails.set("a", long, 0);
    tails.set("a", extended({ count: 0, last: [] }, lines(0, 10), "short"), 1);
    expect(tails.get("a", 2).next).toBe("long");
    expect(tails.get("a", 70_000).count).toBe(0);
    tails.set("b", extended({ count: 0, last: [] }, lines(0, 100, "x".repeat(50_000)), "b"), 0);
    expect(tails.get("b", 1).count).toBe(0);
    for (let index = 0; index < 100; index++) tails.set(`${index}`, long, 5);
    expect([tails.get("0", 6).count, tails.get("99", 6).count]).toEqual([0, 20]);
  });
});
