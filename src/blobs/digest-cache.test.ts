import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDigestCache as openCache } from "./digest-cache.ts";
import { decodeDigests, encodeDigests } from "./digest-file.ts";
import { sha256Of } from "./sha256.ts";

const SHA = sha256Of("x");
/** The tests may run in a folder of any kind. */
const openDigestCache = (file: string) => openCache(file, { silentDevices: new Set() });

describe("the digest cache", () => {
  let folder: string;
  let file: string;
  let path: string;
  /** Long after the files of a test were written. */
  const later = Date.now() + 3_600_000;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "digests-"));
    file = join(folder, "state", "digests");
    path = join(folder, "train.py");
    await writeFile(path, "x");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const remember = async (): Promise<void> => {
    const cache = openDigestCache(file);
    cache.record(path, await stat(path), SHA, later);
    cache.save("", { keepOthers: true });
  };

  it("finds an unchanged file again", async () => {
    await remember();
    expect(openDigestCache(file).find(path, await stat(path))).toEqual({ sha256: SHA, sizeBytes: 1 });
    expect(openDigestCache(file).find(join(folder, "other"), await stat(path))).toBeUndefined();
  });

  it.each<[string, () => Promise<unknown>]>([
    ["written to", () => writeFile(path, "y")],
    ["grown", () => writeFile(path, "xx")],
    ["touched", () => utimes(path, 1, 1)],
    [
      "replaced by one with the same size and times",
      async () => {
        const { mtime } = await stat(path);
        await copyFile(path, join(folder, "new"));
        await utimes(join(folder, "new"), mtime, mtime);
        await rename(join(folder, "new"), path);
      },
    ],
    [
      "written to and given its old time again",
      async () => {
        const { atime, mtime } = await stat(path);
        await writeFile(path, "y");
        await utimes(path, atime, mtime);
      },
    ],
  ])("does not believe a file that was %s", async (_, change) => {
    await remember();
    await change();
    expect(openDigestCache(file).find(path, await stat(path))).toBeUndefined();
  });

  it.each([
    [59_999, false],
    [60_001, true],
  ])("trusts a file touched %d ms before it was read: %s", async (age, trusted) => {
    const stats = await stat(path);
    const cache = openDigestCache(file);
    cache.record(path, stats, SHA, Math.max(stats.mtimeMs, stats.ctimeMs) + age);
    cache.save("", { keepOthers: true });
    expect(openDigestCache(file).find(path, stats) !== undefined).toBe(trusted);
  });

  it("believes nothing on a device where files change without a sign", async () => {
    await remember();
    const stats = await stat(path);
    const silentDevices = new Set([stats.dev]);
    const cache = openCache(file, { silentDevices });
    expect(cache.find(path, stats)).toBeUndefined();
    cache.record(path, stats, SHA, later);
    cache.save("", { keepOthers: true });
    expect(openDigestCache(file).find(path, stats)).toBeUndefined();
  });

  it("forgets an old entry that is replaced by one too young to trust", async () => {
    await remember();
    const stats = await stat(path);
    const cache = openDigestCache(file);
    cache.record(path, stats, sha256Of("y"), stats.mtimeMs);
    cache.save("", { keepOthers: true });
    expect(openDigestCache(file).find(path, stats)).toBeUndefined();
  });

  it("drops what was not asked for, or keeps it", async () => {
    const stats = await stat(path);
    const full = openDigestCache(file);
    for (const name of ["a", "b"]) full.record(name, stats, SHA, later);
    full.save("two", { keepOthers: false });
    const half = openDigestCache(file);
    expect(half.note).toBe("two");
    half.find("a", stats);
    half.save("kept", { keepOthers: true });
    expect(openDigestCache(file).find("b", stats)).toBeDefined();
    half.save("one", { keepOthers: false });
    expect(openDigestCache(file).find("b", stats)).toBeUndefined();
    expect(openDigestCache(file).find("a", stats)).toBeDefined();
    expect(openDigestCache(file).note).toBe("one");
  });

  it("does not write when nothing changed, and leaves no temporary files", async () => {
    await remember();
    const { ino } = await stat(file);
    const cache = openDigestCache(file);
    cache.find(path, await stat(path));
    cache.save("", { keepOthers: false });
    expect((await stat(file)).ino).toBe(ino);
    expect(await readdir(join(folder, "state"))).toEqual(["digests"]);
  });

  it("takes a damaged file for an empty one", async () => {
    await remember();
    const whole = await readFile(file);
    const damage: readonly (() => Promise<void>)[] = [
      () => truncate(file, whole.length - 1),
      () => truncate(file, 10),
      () => writeFile(file, ""),
      () =>
        writeFile(
          file,
          Buffer.concat([whole.subarray(0, 100), Buffer.from([whole.readUInt8(100) ^ 0xff]), whole.subarray(101)]),
        ),
      async () => {
        await rm(file);
        await mkdir(file);
      },
    ];
    for (const spoil of damage) {
      await writeFile(file, whole);
      await spoil();
      expect(openDigestCache(file).find(path, await stat(path))).toBeUndefined();
      expect(openDigestCache(file).note).toBe("");
    }
  });

  it("goes without saving where it cannot", async () => {
    await writeFile(join(folder, "state"), "a file in the place of the folder");
    await remember();
    expect(openDigestCache(file).find(path, await stat(path))).toBeUndefined();
    expect((await readdir(folder)).sort()).toEqual(["state", "train.py"]);
  });

  it("reads back whatever it wrote", () => {
    const text = fc.string({ unit: "grapheme" }).map((s) => s.replaceAll("\0", ""));
    const number = fc.double({ noNaN: true });
    const entry = fc.record({
      size: number,
      mtimeMs: number,
      ctimeMs: number,
      ino: number,
      sha256: text.map(sha256Of),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, entry)), text, fc.nat(7), (entries, note, shift) => {
        const digests = { known: new Map(entries), note };
        const bytes = encodeDigests(digests);
        const unaligned = Buffer.alloc(bytes.length + shift).subarray(shift);
        unaligned.set(bytes);
        expect(decodeDigests(unaligned)).toEqual(digests);
      }),
    );
  });
});
