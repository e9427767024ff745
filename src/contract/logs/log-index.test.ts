import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import {
  decodeEntry,
  ENTRY_BYTES,
  encodeEntry,
  findIndexEnd,
  type IndexEntry,
  type LogStream,
  readEntries,
} from "./log-index.ts";

const PLENTY = { stdout: 2 ** 40, stderr: 2 ** 40 };

/** Entries as an intake writes them: each stream end to end. */
function indexOf(chunks: readonly (readonly [LogStream, number])[]): readonly IndexEntry[] {
  const taken = { stdout: 0, stderr: 0 };
  return chunks.map(([stream, length], position) => {
    const entry = { at: 1_700_000_000_000 + position, stream, offset: taken[stream], length };
    taken[stream] += length;
    return entry;
  });
}

const chunksArbitrary = fc.array(
  fc.tuple(fc.constantFrom<LogStream>("stdout", "stderr"), fc.integer({ min: 1, max: 262_144 })),
  {
    maxLength: 12,
  },
);

async function endOf(path: string, bytes: Buffer, sizes = PLENTY) {
  await writeFile(path, bytes);
  await using index = await open(path, "r");
  return await findIndexEnd(index, sizes);
}

describe("an index entry", () => {
  test("takes 16 bytes that stand as documented", () => {
    const bytes = encodeEntry({ at: 0x0198_7654_3210, stream: "stderr", offset: 0x0102_0304_0506, length: 0x03_0201 });
    expect(bytes.toString("hex")).toBe("103254769801" + "02" + "060504030201" + "010203");
  });

  test("survives the way to the disk and back", () => {
    fc.assert(
      fc.property(
        fc.record({
          at: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
          stream: fc.constantFrom<LogStream>("stdout", "stderr"),
          offset: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
          length: fc.integer({ min: 1, max: 262_144 }),
        }),
        (entry) => {
          expect(decodeEntry(encodeEntry(entry), 0)).toEqual(entry);
        },
      ),
    );
  });

  test.each([
    ["zeros, as a power cut leaves them", Buffer.alloc(16)],
    ["a stream that is none", encodeEntry({ at: 1, stream: "stdout", offset: 0, length: 5 }).fill(3, 6, 7)],
    ["no length", encodeEntry({ at: 1, stream: "stdout", offset: 0, length: 0 })],
    ["more than a chunk", encodeEntry({ at: 1, stream: "stdout", offset: 0, length: 262_145 })],
  ])("is refused: %s", (_name, bytes) => {
    expect(decodeEntry(bytes, 0)).toBeUndefined();
  });
});

describe("the end of an index", () => {
  test("stands before the first bad entry, wherever the file was torn", async () => {
    using folder = temporaryExecution();
    const path = join(folder.logs, "index");
    await fc.assert(
      fc.asyncProperty(chunksArbitrary, fc.nat(), fc.uint8Array({ maxLength: 15 }), async (chunks, cut, rubbish) => {
        const entries = indexOf(chunks);
        const whole = Buffer.concat(entries.map(encodeEntry));
        const torn = whole.subarray(0, cut % (whole.length + 1));
        const kept = Math.floor(torn.length / ENTRY_BYTES);
        const tail = kept * ENTRY_BYTES === torn.length ? Buffer.from(rubbish) : Buffer.alloc(0);
        const end = await endOf(path, Buffer.concat([torn, tail]));
        const taken = { stdout: 0, stderr: 0 };
        for (const entry of entries.slice(0, kept)) taken[entry.stream] += entry.length;
        expect(end).toEqual({ entries: kept, taken, lastAt: entries[kept - 1]?.at ?? 0 });
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["half a page of zeros", Buffer.alloc(2048)],
    ["an entry that leaves a gap", encodeEntry({ at: 9, stream: "stdout", offset: 11, length: 1 })],
    ["an entry that repeats bytes", encodeEntry({ at: 9, stream: "stdout", offset: 9, length: 1 })],
  ])("drops %s", async (_name, rubbish) => {
    using folder = temporaryExecution();
    const good = indexOf([
      ["stdout", 10],
      ["stderr", 4],
    ]);
    const end = await endOf(join(folder.logs, "index"), Buffer.concat([...good.map(encodeEntry), rubbish]));
    expect(end).toEqual({ entries: 2, taken: { stdout: 10, stderr: 4 }, lastAt: 1_700_000_000_001 });
  });

  test("does not go beyond bytes that the disk has lost", async () => {
    using folder = temporaryExecution();
    const entries = indexOf([
      ["stdout", 10],
      ["stderr", 4],
      ["stdout", 10],
      ["stderr", 4],
    ]);
    const end = await endOf(join(folder.logs, "index"), Buffer.concat(entries.map(encodeEntry)), {
      stdout: 19,
      stderr: 100,
    });
    expect(end).toEqual({ entries: 2, taken: { stdout: 10, stderr: 4 }, lastAt: 1_700_000_000_001 });
  });

  test("is found in an index of many blocks", async () => {
    using folder = temporaryExecution();
    const entries = indexOf(Array.from({ length: 9000 }, (_, n) => [n % 3 === 0 ? "stderr" : "stdout", 7] as const));
    const path = join(folder.logs, "index");
    const end = await endOf(path, Buffer.concat([...entries.map(encodeEntry), Buffer.from("torn")]));
    expect(end).toMatchObject({ entries: 9000, taken: { stdout: 42_000, stderr: 21_000 } });
    await using index = await open(path, "r");
    expect(await readEntries(index, 8998)).toEqual(entries.slice(8998));
    expect(await readEntries(index, 9000)).toEqual([]);
  });
});
