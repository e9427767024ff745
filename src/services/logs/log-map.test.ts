import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FolderLog } from "../../contract/index.ts";
import { LogMap } from "./log-map.ts";

let folder: string;
let log: FolderLog;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-map-"));
  log = new FolderLog(folder);
});

afterEach(async () => {
  await log[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const ALL = { most: 1_000_000, mostCharacters: Number.POSITIVE_INFINITY };

async function print(text: string, stream: "stdout" | "stderr" = "stdout"): Promise<void> {
  await log.append(stream, 1, Buffer.from(text));
}

async function textsOf(map: LogMap, first: number, most: number): Promise<readonly string[]> {
  return (await map.read(log, { ...ALL, first, most })).lines.map(({ item }) => item.text);
}

test("reads lines from anywhere, each by its number", async () => {
  await print(`${Array.from({ length: 12_345 }, (_, line) => `line ${line}`).join("\n")}\n`);
  const map = new LogMap();
  await map.grow(log, { isEnded: true });
  expect([map.count, map.isWhole]).toEqual([12_345, true]);
  for (const first of [0, 999, 1_000, 1_001, 7_500, 12_344])
    expect(await textsOf(map, first, 2)).toEqual(
      [first, first + 1].filter((line) => line < 12_345).map((line) => `line ${line}`),
    );
  expect(await textsOf(map, 12_345, 2)).toEqual([]);
});

test("counts what comes later, and an unfinished line once the log has ended", async () => {
  const map = new LogMap();
  await print("one\ntw");
  await map.grow(log, { isEnded: false });
  expect([map.count, map.isWhole, await textsOf(map, 0, 9)]).toEqual([1, false, ["one"]]);
  await print("between\n", "stderr");
  await print("o\nthree");
  // Two who look at once count nothing twice.
  await Promise.all([map.grow(log, { isEnded: false }), map.grow(log, { isEnded: false })]);
  expect(await textsOf(map, 0, 9)).toEqual(["one", "between", "two"]);
  await map.grow(log, { isEnded: true });
  expect([map.count, map.isWhole, await textsOf(map, 2, 9)]).toEqual([4, true, ["two", "three"]]);
});

test("finds lines with a text, up to so many, and says how long a reply may be", async () => {
  await print(`${Array.from({ length: 5_000 }, (_, line) => `line ${line}`).join("\n")}\n`);
  const map = new LogMap();
  await map.grow(log, { isEnded: true });
  const isWanted = (text: string): boolean => text.endsWith("99");
  const found = await map.read(log, { ...ALL, first: 1_050, most: 3, isWanted });
  expect(found.lines.map(({ number }) => number)).toEqual([1_099, 1_199, 1_299]);
  const short = await map.read(log, { first: 10, most: 100, mostCharacters: 20 });
  expect(short.lines.map(({ number }) => number)).toEqual([10, 11, 12]);
});

test("gives the same lines however they came and wherever it is read", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          stream: fc.constantFrom("stdout", "stderr"),
          text: fc.array(fc.constantFrom("a", "\n", "ü", `${"x".repeat(70_000)}`), { minLength: 1, maxLength: 8 }),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      async (chunks) => {
        const place = mkdtempSync(join(folder, "log-"));
        await using own = new FolderLog(place);
        const map = new LogMap();
        for (const { stream, text } of chunks) {
          await own.append(stream as "stdout" | "stderr", 1, Buffer.from(text.join("")));
          await map.grow(own, { isEnded: false });
        }
        await map.grow(own, { isEnded: true });
        const whole = (await map.read(own, { ...ALL, first: 0 })).lines;
        expect(whole.length).toBe(map.count);
        const fresh = new LogMap();
        await fresh.grow(own, { isEnded: true });
        expect((await fresh.read(own, { ...ALL, first: 0 })).lines).toEqual(whole);
        for (const { number, item } of whole)
          expect((await map.read(own, { ...ALL, first: number, most: 1 })).lines).toEqual([{ number, item }]);
      },
    ),
    { numRuns: 40 },
  );
});
