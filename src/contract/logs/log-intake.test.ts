import { spawnSync } from "node:child_process";
import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MetadataRecord } from "../../store/index.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { cutAt, outputArbitrary } from "../fixtures/chunking.ts";
import { logOf, print, runScript, takeIn, textsOf } from "../fixtures/logs.ts";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { CHUNK_BYTES, decodeEntry, ENTRY_BYTES, encodeEntry, type IndexEntry, type LogStream } from "./log-index.ts";
import { LogIntake } from "./log-intake.ts";
import { MetadataScanner } from "./metadata-scanner.ts";

function entriesOf(folder: ExecutionFolder): readonly (IndexEntry | undefined)[] {
  const bytes = readFileSync(join(folder.logs, "index"));
  return Array.from({ length: bytes.length / ENTRY_BYTES }, (_, n) => decodeEntry(bytes, n * ENTRY_BYTES));
}

/** An intake that took everything printed so far and was then killed: no drain, no farewell. */
async function takeAndDie(folder: ExecutionFolder, points: MetadataRecord[], dieOnMetadata = false): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using _intake = await LogIntake.open({
    folder,
    onMetadata: async (batch) => {
      points.push(...batch);
      if (dieOnMetadata) throw new Error("killed");
    },
    onActivity: () => resolve(),
    onFailure: () => resolve(),
  });
  await promise;
}

describe("taking in the log of a step", () => {
  test("that has not printed anything yields an empty index", async () => {
    using folder = temporaryExecution();
    await takeIn(folder);
    expect(entriesOf(folder)).toEqual([]);
  });

  test("notes when which bytes came, and hands on metadata with offset and time", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", 'start\n{"epoch":1}\n');
    print(folder, "stderr", '{"not":"metadata"}\n');
    const points: MetadataRecord[] = [];
    const active: number[] = [];
    await takeIn(folder, {
      now: () => 1_000,
      onActivity: (at) => active.push(at),
      onMetadata: async (batch) => void points.push(...batch),
    });
    expect(points).toEqual([{ offset: 6, at: 1_000, values: { epoch: 1 } }]);
    expect(active).toEqual([1_000, 1_000]);
    expect(entriesOf(folder)).toEqual([
      { at: 1_000, stream: "stdout", offset: 0, length: 18 },
      { at: 1_000, stream: "stderr", offset: 0, length: 19 },
    ]);
  });

  test("of a real process that writes to both streams loses nothing", async () => {
    using folder = temporaryExecution();
    const points: MetadataRecord[] = [];
    await using intake = await LogIntake.open({ folder, onMetadata: async (batch) => void points.push(...batch) });
    await runScript(
      folder,
      'i=0; while [ $i -lt 2000 ]; do echo "{\\"i\\": $i}"; echo "err $i" >&2; i=$((i+1)); done; printf "{\\"i\\": -1}"',
    );
    await intake.drain();
    expect(points.map((point) => point.values.i)).toEqual([...Array.from({ length: 2000 }, (_, n) => n), -1]);
    expect(textsOf(await logOf(folder, { stream: "stderr" }))).toEqual(
      Array.from({ length: 2000 }, (_, n) => `err ${n}`),
    );
  });

  test("of 200,000 lines keeps each", async () => {
    using folder = temporaryExecution();
    await using intake = await LogIntake.open({ folder });
    await runScript(folder, "seq 200000");
    await intake.drain();
    let next = 1;
    for (const item of await logOf(folder)) expect(Number(item.text)).toBe(next++);
    expect(next).toBe(200_001);
    for (const entry of entriesOf(folder)) expect(entry?.length).toBeLessThanOrEqual(CHUNK_BYTES);
  });

  test("is called by the files' change, not only by the end", async () => {
    using folder = temporaryExecution();
    const seen = Promise.withResolvers<readonly MetadataRecord[]>();
    await using _intake = await LogIntake.open({ folder, onMetadata: async (batch) => seen.resolve(batch) });
    print(folder, "stdout", '{"a":1}\n');
    expect((await seen.promise).map((point) => point.values)).toEqual([{ a: 1 }]);
  });

  test("gives times that never go back", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", "x".repeat(3 * CHUNK_BYTES));
    const clock = [500, 400, 600];
    await takeIn(folder, { now: () => clock.shift() ?? 0 });
    expect(entriesOf(folder).map((entry) => entry?.at)).toEqual([500, 500, 600]);
    print(folder, "stdout", "y");
    await takeIn(folder, { now: () => 100 });
    expect(entriesOf(folder).at(-1)).toMatchObject({ at: 600, offset: 3 * CHUNK_BYTES, length: 1 });
  });

  test("waits for the store before it goes on", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", `{"a":1}\n${"x".repeat(CHUNK_BYTES)}\n{"b":2}\n`);
    const gate = Promise.withResolvers<void>();
    const calls: unknown[] = [];
    const entered = Promise.withResolvers<void>();
    const intake = await LogIntake.open({
      folder,
      onMetadata: async (batch) => {
        calls.push(...batch.map((point) => point.values));
        entered.resolve();
        await gate.promise;
      },
    });
    await entered.promise;
    expect(calls).toEqual([{ a: 1 }]);
    expect(entriesOf(folder)).toEqual([]);
    gate.resolve();
    await intake.drain();
    expect(calls).toEqual([{ a: 1 }, { b: 2 }]);
  });
});

describe("an intake that carries on after another", () => {
  test("leaves no gap and repeats nothing, wherever the other was killed and whatever it tore", async () => {
    await fc.assert(
      fc.asyncProperty(
        outputArbitrary,
        fc.array(fc.nat(), { maxLength: 3 }),
        fc.uint8Array({ maxLength: 15 }),
        fc.boolean(),
        async (output, places, rubbish, dieOnMetadata) => {
          using folder = temporaryExecution();
          const points: MetadataRecord[] = [];
          for (const part of cutAt(output, places).filter((each) => each.length > 0)) {
            print(folder, "stdout", part);
            await takeAndDie(folder, points, dieOnMetadata);
            appendFileSync(join(folder.logs, "index"), rubbish);
          }
          await takeIn(folder, { onMetadata: async (batch) => void points.push(...batch) });

          let offset = 0;
          for (const entry of entriesOf(folder)) {
            expect(entry?.offset).toBe(offset);
            offset += entry?.length ?? 0;
          }
          expect(offset).toBe(output.length);
          const scanner = new MetadataScanner();
          const expected = [...scanner.push(output, 0), ...scanner.end(0)].map(({ offset, values }) => [
            offset,
            values,
          ]);
          // Points that are delivered twice are equal, so that the store may ignore the second.
          const delivered = new Map(points.map(({ offset, values }) => [offset, values]));
          expect([...delivered].sort(([a], [b]) => a - b)).toEqual(expected);
          for (const point of points) expect(point.values).toEqual(delivered.get(point.offset));
        },
      ),
      { numRuns: 40 },
    );
  });

  test("knows a line too long for metadata that the other left unfinished", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", "{".repeat(1_200_000));
    const ended: MetadataRecord[] = [];
    await takeIn(folder);
    print(folder, "stdout", '{"a":1}\n{"b":2}\n');
    await takeIn(folder, { onMetadata: async (batch) => void ended.push(...batch) });
    expect(ended).toMatchObject([{ offset: 1_200_008, values: { b: 2 } }]);
  });

  test("starts at what the disk still has after a power cut", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", "a".repeat(CHUNK_BYTES));
    print(folder, "stderr", "kept\n");
    print(folder, "stdout", "lost");
    await takeIn(folder);
    const stdout = openSync(join(folder.logs, "stdout"), "r+");
    ftruncateSync(stdout, CHUNK_BYTES);
    closeSync(stdout);
    print(folder, "stdout", "\nnew\n");
    await takeIn(folder);
    const lines = (await logOf(folder)).filter((item) => !item.continues).map((item) => item.text);
    // The entry that spoke of lost bytes is dropped; the line that it had ended ends with the new bytes.
    expect(lines.map((text) => text.slice(0, 4)).sort()).toEqual(["aaaa", "kept", "new"]);
  });

  test("has nothing to do when the other had finished", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", "a\n");
    await takeIn(folder);
    const before = readFileSync(join(folder.logs, "index"));
    await takeIn(folder);
    expect(readFileSync(join(folder.logs, "index"))).toEqual(before);
  });
});

describe("an intake that fails", () => {
  test("says so at once and when drained, and its successor delivers what it had not noted", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", '{"a":1}\n');
    const failed = Promise.withResolvers<unknown>();
    const intake = await LogIntake.open({
      folder,
      onMetadata: () => Promise.reject(new Error("database gone")),
      onFailure: failed.resolve,
    });
    expect(await failed.promise).toEqual(new Error("database gone"));
    await expect(intake.drain()).rejects.toThrow("database gone");
    const points: MetadataRecord[] = [];
    await takeIn(folder, { onMetadata: async (batch) => void points.push(...batch) });
    expect(points).toMatchObject([{ offset: 0, values: { a: 1 } }]);
  });

  test("because another took over leaves the other's index alone", async () => {
    using folder = temporaryExecution();
    await using late = await LogIntake.open({ folder });
    const before = encodeEntry({ at: 1, stream: "stdout", offset: 0, length: 2 });
    appendFileSync(join(folder.logs, "index"), before);
    print(folder, "stdout", "a\nb\n");
    await expect(late.drain()).rejects.toMatchObject({
      code: "HR_CONFLICT",
      message: `another process reads the logs in ${folder.logs}`,
      hint: "let one engine at a time run this execution",
    });
    expect(readFileSync(join(folder.logs, "index"))).toEqual(before);
  });
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;
if (!canMount)
  console.error("SKIPPED: the test of an index without room mounts a small file system, which needs root.");

describe.skipIf(!canMount)("where the disk has no room for the index", () => {
  /** A small disk in the place of the logs, filled but for the page that stdout has begun. */
  function onFullDisk(folder: ExecutionFolder): Disposable & { readonly free: () => void } {
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.logs], { encoding: "utf8" });
    expect(mounted.stderr).toBe("");
    print(folder, "stdout", "one\n");
    const fill = join(folder.logs, "fill");
    spawnSync("sh", ["-c", 'cat /dev/zero >"$1"', "sh", fill]);
    return {
      free: () => rmSync(fill),
      [Symbol.dispose]: () => spawnSync("umount", ["-l", folder.logs]),
    };
  }

  test("the intake waits for room, and loses nothing", async () => {
    using folder = temporaryExecution();
    using disk = onFullDisk(folder);
    const failures: unknown[] = [];
    const tried = Promise.withResolvers<void>();
    await using intake = await LogIntake.open({
      folder,
      onActivity: () => tried.resolve(),
      onFailure: (error) => failures.push(error),
    });
    await tried.promise;
    print(folder, "stdout", "two\n");
    disk.free();
    await intake.drain();
    expect([failures, textsOf(await logOf(folder))]).toEqual([[], ["one", "two"]]);
  });

  test("at the end of the step it says so", async () => {
    using folder = temporaryExecution();
    using _disk = onFullDisk(folder);
    await using intake = await LogIntake.open({ folder });
    await expect(intake.drain()).rejects.toMatchObject({ code: "HR_DISK_FULL" });
  });
});

describe("the order of the two streams", () => {
  test("is that in which their reader took them, whatever the sizes and times of the files say", async () => {
    const part = fc.tuple(fc.constantFrom<LogStream>("stdout", "stderr"), fc.integer({ min: 1, max: 5 }));
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), fc.nat({ max: 12 }), async (parts, before) => {
        using folder = temporaryExecution();
        const reader = new FakeReader(folder);
        for (const [number, [stream, lines]] of parts.entries()) {
          for (let line = 0; line < lines; line += 1) reader.take(stream, `${number}.${line}\n`);
          // An earlier intake may have taken some of it.
          if (number === before) await takeIn(folder);
        }
        await takeIn(folder);
        const expected = parts.flatMap(([, lines], number) =>
          Array.from({ length: lines }, (_, line) => `${number}.${line}`),
        );
        expect(textsOf(await logOf(folder))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test("is lost, and nothing else, where its notes are damaged or speak of what a power cut took", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", "a\nb\n");
    print(folder, "stderr", "c\n");
    appendFileSync(join(folder.logs, "order"), "stdout 900\n\0\0\0 x\nstdin 3\nstderr 2\nstdout 2");
    await takeIn(folder);
    expect(textsOf(await logOf(folder)).toSorted()).toEqual(["a", "b", "c"]);
  });

  test("of lines that alternate is kept a hundred thousand times", async () => {
    using folder = temporaryExecution();
    const reader = new FakeReader(folder);
    const [out, err, notes]: [string[], string[], string[]] = [[], [], []];
    for (let n = 0, [outBytes, errBytes] = [0, 0]; n < 100_000; n += 1) {
      out.push(`${n}\n`);
      err.push(`${n}\n`);
      outBytes += `${n}\n`.length;
      errBytes += `${n}\n`.length;
      notes.push(`stdout ${outBytes}\nstderr ${errBytes}\n`);
    }
    reader.write(out.join(""), err.join(""), notes.join(""));
    await takeIn(folder);
    const texts = textsOf(await logOf(folder));
    expect(texts.length).toBe(200_000);
    expect(texts.findIndex((text, place) => text !== String(place >> 1))).toBe(-1);
  });
});

/** Writes as the reader of a step's pipes does (executors/step/stream-reader.ts). */
class FakeReader {
  readonly #folder: ExecutionFolder;
  readonly #sizes = { stdout: 0, stderr: 0 };
  #last: LogStream | undefined;

  constructor(folder: ExecutionFolder) {
    this.#folder = folder;
  }

  take(stream: LogStream, text: string): void {
    if (this.#last !== undefined && this.#last !== stream)
      appendFileSync(join(this.#folder.logs, "order"), `${this.#last} ${this.#sizes[this.#last]}\n`);
    this.#last = stream;
    this.#sizes[stream] += text.length;
    print(this.#folder, stream, text);
  }

  write(stdout: string, stderr: string, order: string): void {
    print(this.#folder, "stdout", stdout);
    print(this.#folder, "stderr", stderr);
    appendFileSync(join(this.#folder.logs, "order"), order);
  }
}
