import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { LinePattern } from "./line-pattern.ts";

const LINES = ["epoch 1 loss nan", "done", "Error: too few rows", `${"a".repeat(40)}!`];

test.each([
  ["nan|Error", [true, false, true, false]],
  ["(?i:ERROR)", [false, false, true, false]],
  [String.raw`\d+ \w+`, [true, false, false, false]],
  ["(?<=loss )nan$", [true, false, false, false]],
  ["^(?:done|a+!)$", [false, true, false, true]],
])("%s", async (source, expected) => {
  await using pattern = new LinePattern(source);
  expect(await pattern.matches(LINES)).toEqual(expected);
  expect(await pattern.matches([])).toEqual([]);
  expect(await pattern.matches(LINES.toReversed())).toEqual(expected.toReversed());
});

test("lines of any number and length are matched in their order", async () => {
  await using pattern = new LinePattern("(?:x){3}");
  const texts = Array.from({ length: 3_000 }, (_, index) => (index % 3 === 0 ? "x".repeat(1_000) : "y".repeat(1_000)));
  expect(await pattern.matches(texts)).toEqual(texts.map((_, index) => index % 3 === 0));
});

test.each(["(a+)+$", "(a|a)*$", String.raw`(\w+\s?)*:$`, String.raw`^(.)*\1$|(a*)*c`])(
  "%s takes no more time than it is given, and nobody waits for it",
  async (source) => {
    await using pattern = new LinePattern(source, 300);
    await using other = new LinePattern("(?:do)ne");
    let turns = 0;
    const ticking = new AbortController();
    const ticks = (async () => {
      for (; !ticking.signal.aborted; turns++) await delay(5);
    })();
    const late = pattern.matches([`${"a".repeat(60)}!`]).catch((error: unknown) => error);
    expect(await other.matches(LINES)).toEqual([false, true, false, false]);
    const outcome = await late;
    ticking.abort();
    await ticks;
    expect(outcome === undefined || Array.isArray(outcome)).toBe(false);
    expect(outcome).toMatchObject({ code: "HR_USAGE", message: expect.stringContaining("takes too long") });
    expect(turns).toBeGreaterThan(3);
    // It can be asked again, and is no other's burden.
    expect(await pattern.matches(["a"])).toHaveLength(1);
  },
);

test("more of them than there are threads wait for each other, and all are answered", async () => {
  const patterns = Array.from({ length: 9 }, () => new LinePattern("(?:ep)och"));
  const found = await Promise.all(patterns.map((pattern) => pattern.matches(LINES)));
  expect(found).toEqual(patterns.map(() => [true, false, false, false]));
  for (const pattern of patterns) await pattern[Symbol.asyncDispose]();
});

test("what is no regular expression is refused", () => {
  expect(() => new LinePattern("(")).toThrow('"(" is no regular expression');
});
