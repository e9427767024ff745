import { appendFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ExecutionFolder } from "../execution-folder.ts";
import { print, runScript, takeIn, textsOf } from "../fixtures/logs.ts";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import type { LogStream } from "./log-index.ts";
import { LogIntake } from "./log-intake.ts";
import type { LogSource } from "./log-source.ts";
import { readRawLog } from "./raw-log.ts";
import { type LogItem, type ReadLogOptions, readLog, readLogBatches } from "./read-log.ts";

/** A place that logs are read from. */
export interface LogSubject {
  /** The log that a step has printed into this folder, as far as an intake has indexed it, as the place has it. */
  open(folder: ExecutionFolder): Promise<LogSource>;
  /** Logs are read from it while they grow. */
  readonly isLive: boolean;
}

/** Tests that every place of logs must pass: the folder of the step, the stored files, the records of a database. */
export function testLogSource(name: string, subject: LogSubject): void {
  describe(`a log in ${name}`, () => {
    testReading(subject);
    testTail(subject);
    testPlaces(subject);
    if (subject.isLive) testFollowing(subject);
  });
}

async function linesOf(
  subject: LogSubject,
  folder: ExecutionFolder,
  options?: ReadLogOptions,
): Promise<readonly LogItem[]> {
  await using log = await subject.open(folder);
  return await Array.fromAsync(readLog(log, options));
}

/** Prints and takes in, part by part, so that the index has an entry for each. */
async function printInParts(
  folder: ExecutionFolder,
  parts: readonly (readonly [LogStream, string | Buffer])[],
): Promise<void> {
  let at = 0;
  for (const [stream, text] of parts) {
    print(folder, stream, text);
    at += 1;
    const now = at;
    await takeIn(folder, { now: () => now });
  }
}

function testReading(subject: LogSubject): void {
  const logOf = (folder: ExecutionFolder, options?: ReadLogOptions) => linesOf(subject, folder, options);

  test("of a step that has not started yields nothing", async () => {
    using folder = temporaryExecution();
    expect(await logOf(folder)).toEqual([]);
    expect(await logOf(folder, { tail: 5 })).toEqual([]);
    rmSync(folder.logs, { recursive: true });
    expect(await logOf(folder)).toEqual([]);
  });

  test("puts each line where it ended, with the time of its last byte", async () => {
    using folder = temporaryExecution();
    await printInParts(folder, [
      ["stdout", "one\ntw"],
      ["stderr", "warning\nhal"],
      ["stdout", "o\r\n"],
      ["stderr", "f"],
    ]);
    expect(await logOf(folder)).toEqual([
      { at: 1, stream: "stdout", text: "one", continues: false },
      { at: 2, stream: "stderr", text: "warning", continues: false },
      { at: 3, stream: "stdout", text: "two", continues: false },
      { at: 4, stream: "stderr", text: "half", continues: false },
    ]);
    expect(textsOf(await logOf(folder, { stream: "stderr" }))).toEqual(["warning", "half"]);
    expect(textsOf(await logOf(folder, { stream: "stdout", tail: 1 }))).toEqual(["two"]);
  });

  test("gives a line of many megabytes in batches of a few pieces, also where its end alone is wanted", async () => {
    using folder = temporaryExecution();
    await printInParts(folder, [
      ["stdout", "x".repeat(4_000_000)],
      ["stderr", "between\n"],
      ["stdout", `${"x".repeat(4_000_000)}\n`],
    ]);
    for (const options of [{}, { tail: 1 }]) {
      await using log = await subject.open(folder);
      const batches = await Array.fromAsync(readLogBatches(log, options));
      const sizes = batches.map(({ items }) => items.reduce((sum, { text }) => sum + text.length, 0));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(640 * 1024);
      expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThanOrEqual(8_000_000);
    }
  });

  test("cuts a line over 64 KiB into pieces that say they go on", async () => {
    using folder = temporaryExecution();
    await printInParts(folder, [
      ["stdout", "x".repeat(40_000)],
      ["stderr", "between\n"],
      ["stdout", `${"x".repeat(60_000)}\nend\n`],
    ]);
    expect((await logOf(folder)).map(({ stream, text, continues }) => [stream, text.length, continues])).toEqual([
      ["stderr", 7, false],
      ["stdout", 65_536, true],
      ["stdout", 34_464, false],
      ["stdout", 3, false],
    ]);
  });
}

function testTail(subject: LogSubject): void {
  const logOf = (folder: ExecutionFolder, options?: ReadLogOptions) => linesOf(subject, folder, options);

  const partsArbitrary = fc.array(
    fc.tuple(
      fc.constantFrom<LogStream>("stdout", "stderr"),
      fc.constantFrom("\n", "a\n", "bb", "ccc\nd", "\n\n", "e\nf\ng\n"),
    ),
    { maxLength: 8 },
  );

  test("is the end of the whole", async () => {
    await fc.assert(
      fc.asyncProperty(
        partsArbitrary,
        fc.nat({ max: 9 }),
        fc.constantFrom(undefined, "stdout", "stderr"),
        async (parts, tail, stream) => {
          using folder = temporaryExecution();
          // Every line ends: unfinished ones stand last whenever they came, which the tail does not look for.
          await printInParts(folder, [...parts, ["stdout", "\n"], ["stderr", "\n"]]);
          const only = stream === undefined ? {} : { stream };
          const whole = await logOf(folder, only);
          expect(await logOf(folder, { ...only, tail })).toEqual(whole.slice(Math.max(0, whole.length - tail)));
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    ["a\nb", 1, ["b"]],
    ["a\nb", 2, ["a", "b"]],
    ["a\nb\n", 1, ["b"]],
    ["a\nb\n", 0, []],
    ["a\nb\n", 99, ["a", "b"]],
    ["\n\n\n", 2, ["", ""]],
  ])("of %j, %i lines", async (text, tail, expected) => {
    using folder = temporaryExecution();
    await printInParts(folder, [["stdout", text]]);
    expect(textsOf(await logOf(folder, { tail }))).toEqual(expected);
  });

  test("of one line of megabytes is the line from its beginning", async () => {
    using folder = temporaryExecution();
    await printInParts(folder, [
      ["stdout", "before\n"],
      ["stdout", `>${"x".repeat(3_000_000)}`],
      ["stderr", "noise\n"],
      ["stdout", "<\n"],
    ]);
    const items = await logOf(folder, { stream: "stdout", tail: 1 });
    const text = textsOf(items).join("");
    expect([text.length, text[0], text.at(-1)]).toEqual([3_000_002, ">", "<"]);
    expect(items.filter((item) => !item.continues).length).toBe(1);
  });

  test("of a long log is found through thousands of entries", async () => {
    using folder = temporaryExecution();
    await using intake = await LogIntake.open({ folder });
    await runScript(folder, "seq 300000");
    await intake.drain();
    expect(textsOf(await logOf(folder, { tail: 3 }))).toEqual(["299998", "299999", "300000"]);
    expect((await logOf(folder, { tail: 100_000 }))[0]?.text).toBe("200001");
  });
}

/** Reading from anywhere in it, and every byte of it. */
function testPlaces(subject: LogSubject): void {
  test("is the same byte for byte", async () => {
    using folder = temporaryExecution();
    const binary = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7 + (n >> 8)) & 0xff));
    await printInParts(folder, [
      ["stdout", binary],
      ["stderr", Buffer.from([0xff, 0x00, 0x0a])],
      ["stdout", "end"],
    ]);
    await using log = await subject.open(folder);
    const bytesOf = async (stream?: LogStream): Promise<Buffer> => {
      const chunks: Buffer[] = [];
      for await (const chunk of readRawLog(log, stream)) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    };
    const stderr = Buffer.from([0xff, 0x00, 0x0a]);
    expect((await bytesOf("stdout")).equals(Buffer.concat([binary, Buffer.from("end")]))).toBe(true);
    expect((await bytesOf("stderr")).equals(stderr)).toBe(true);
    expect((await bytesOf()).equals(Buffer.concat([binary, stderr, Buffer.from("end")]))).toBe(true);
  });

  test("is read past what a crash has left behind the last entry of the index", async () => {
    using folder = temporaryExecution();
    await printInParts(folder, [["stdout", "a\n"]]);
    appendFileSync(join(folder.logs, "index"), Buffer.from([1, 2, 3, 4, 5, 6, 7]));
    expect(textsOf(await linesOf(subject, folder))).toEqual(["a"]);
    expect(textsOf(await linesOf(subject, folder, { tail: 1 }))).toEqual(["a"]);
  });

  test("of a million lines loses none, and is read from any time on", async () => {
    using folder = temporaryExecution();
    let at = 0;
    await using intake = await LogIntake.open({ folder, now: () => ++at });
    await runScript(folder, "seq 1000000");
    await intake.drain();
    await using log = await subject.open(folder);
    let next = 1;
    let middle: LogItem | undefined;
    for await (const item of readLog(log)) {
      if (Number(item.text) !== next) throw new Error(`${item.text} stands in the place of ${next}`);
      if (next === 500_000) middle = item;
      next += 1;
    }
    expect(next).toBe(1_000_001);
    const [first] = await Array.fromAsync(readLog(log, { sinceMs: middle?.at ?? 0 }));
    expect(first?.at).toBe(middle?.at);
    expect(Number(first?.text)).toBeLessThanOrEqual(500_000);
  });

  test("goes on from behind any batch, in the middle of a line, too", async () => {
    using folder = temporaryExecution();
    const long = "x".repeat(70_000);
    await printInParts(folder, [
      ["stdout", `one\n${long}`],
      ["stderr", "warn"],
      ["stdout", `${long}\ntwo\nthr`],
      ["stderr", "ing\nlast"],
      ["stdout", "ee"],
    ]);
    await using log = await subject.open(folder);
    const whole: { readonly text: string; readonly stream: LogStream }[] = [];
    for await (const { items, next } of readLogBatches(log)) {
      whole.push(...items);
      const rest = await Array.fromAsync(readLog(log, { from: next }));
      const joined = (lines: typeof whole, stream: LogStream): string =>
        lines.map((line) => (line.stream === stream ? line.text : "")).join("");
      for (const stream of ["stdout", "stderr"] as const) {
        const all = joined(await Array.fromAsync(readLog(log)), stream);
        expect(joined(whole, stream) + joined(rest, stream)).toBe(all);
      }
    }
    expect(whole).toHaveLength(8);
  });
}

function testFollowing(subject: LogSubject): void {
  const logOf = (folder: ExecutionFolder, options?: ReadLogOptions) => linesOf(subject, folder, options);

  test("stops where the bytes are not indexed yet", async () => {
    using folder = temporaryExecution();
    await printInParts(folder, [["stdout", "a\n"]]);
    print(folder, "stdout", "b\n");
    expect(textsOf(await logOf(folder))).toEqual(["a"]);
  });

  test("sees what a process prints while it runs, and ends when the log is finished", async () => {
    using folder = temporaryExecution();
    let finished = false;
    const items: LogItem[] = [];
    const firstSeen = Promise.withResolvers<void>();
    const listeners = new Set<() => void>();
    const reader = (async () => {
      const follow = {
        isFinished: () => finished,
        onChange: (listener: () => void) => {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      };
      await using log = await subject.open(folder);
      for await (const item of readLog(log, { follow })) {
        items.push(item);
        firstSeen.resolve();
      }
    })();
    const intake = await LogIntake.open({ folder });
    print(folder, "stdout", "first\n");
    await firstSeen.promise;
    expect(textsOf(items)).toEqual(["first"]);
    await runScript(folder, "seq 1000; printf unfinished");
    await intake.drain();
    finished = true;
    for (const listener of listeners) listener();
    await reader;
    expect(textsOf(items)).toEqual(["first", ...Array.from({ length: 1000 }, (_, n) => String(n + 1)), "unfinished"]);
    expect(listeners.size).toBe(0);
  });

  test("in batches shows the line that is being written", async () => {
    using folder = temporaryExecution();
    const parts = ["epoch 1\n 10%", "\r 20%", "\r100%\nend"];
    const seen: string[] = [];
    const controller = new AbortController();
    await printInParts(folder, [["stdout", parts.shift() ?? ""]]);
    const follow = { isFinished: () => parts.length === 0, signal: controller.signal };
    await using log = await subject.open(folder);
    for await (const { items, unfinished } of readLogBatches(log, { follow })) {
      seen.push(...items.map(({ text }) => text), ...unfinished.map(({ stream, text }) => `${stream}: ${text}`));
      const next = unfinished.length > 0 ? parts.shift() : undefined;
      if (next !== undefined) await printInParts(folder, [["stdout", next]]);
    }
    expect(seen).toEqual(["epoch 1", "stdout:  10%", "stdout:  10%\r 20%", " 10%\r 20%\r100%", "stdout: end", "end"]);
  });

  test("begins with the tail", async () => {
    using folder = temporaryExecution();
    await printInParts(folder, [["stdout", "a\nb\n"]]);
    const controller = new AbortController();
    const seen: string[] = [];
    await using log = await subject.open(folder);
    for await (const item of readLog(log, {
      tail: 1,
      follow: { isFinished: () => false, signal: controller.signal },
    })) {
      seen.push(item.text);
      if (item.text === "b") await printInParts(folder, [["stdout", "c\n"]]);
      else controller.abort();
    }
    expect(seen).toEqual(["b", "c"]);
  });

  test("ends quietly when aborted", async () => {
    using folder = temporaryExecution();
    await printInParts(folder, [["stdout", "a\nb"]]);
    const controller = new AbortController();
    const seen: string[] = [];
    await using log = await subject.open(folder);
    for await (const item of readLog(log, {
      follow: { isFinished: () => false, signal: controller.signal },
    })) {
      seen.push(item.text);
      controller.abort();
    }
    expect(seen).toEqual(["a"]);
  });

  test("waits for a log that does not exist yet", async () => {
    using folder = temporaryExecution();
    const reader = (async () =>
      textsOf(await logOf(folder, { follow: { isFinished: async () => (await logOf(folder)).length > 0 } })))();
    await printInParts(folder, [["stdout", "late\n"]]);
    expect(await reader).toEqual(["late"]);
  });
}
