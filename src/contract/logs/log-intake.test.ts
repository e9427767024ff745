import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MetadataRecord } from "../../store/index.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { cutAt, outputArbitrary } from "../fixtures/chunking.ts";
import { logOf, print, runScript, takeIn, textsOf } from "../fixtures/logs.ts";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { CHUNK_BYTES, decodeEntry, ENTRY_BYTES, encodeEntry, type IndexEntry } from "./log-index.ts";
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
    expect(textsOf(await logOf(folder, { stream: "stderr" }))).toEqual(Array.from({ length: 2000 }, (_, n) => `err ${n}`));
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
          const expected = [...scanner.push(output, 0), ...scanner.end(0)].map(({ offset, values }) => [offset, values]);
          // What is delivered twice is equal, so that the store may ignore it.
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
      message: `Another process reads the logs in ${folder.logs}.`,
      hint: "Let one engine at a time run this execution.",
    });
    expect(readFileSync(join(folder.logs, "index"))).toEqual(before);
  });
});
