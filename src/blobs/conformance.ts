import { createHash, randomBytes } from "node:crypto";
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobRef, BlobStore } from "./blob-store.ts";

export interface BlobStoreUnderTest {
  readonly store: BlobStore & AsyncDisposable;
  /** Overwrites a byte of a stored content behind the store's back. */
  readonly damage: (sha256: string) => Promise<void>;
}

const ABSENT = "0".repeat(64);

/** Tests what every blob store must do. `open` gets a new, empty folder of this machine that it may use. */
export function testBlobStore(name: string, open: (folder: string) => Promise<BlobStoreUnderTest>): void {
  describe(`${name} as a blob store`, () => {
    let folder: string;
    let work: string;
    let opened: BlobStoreUnderTest;
    let store: BlobStore;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "blobs-"));
      work = join(folder, "work");
      await mkdir(work);
      opened = await open(join(folder, "store"));
      store = opened.store;
    });
    afterEach(async () => {
      await opened.store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const write = async (file: string, content: string | Uint8Array): Promise<string> => {
      const path = join(work, file);
      await writeFile(path, content);
      return path;
    };

    describe("putting", () => {
      it.each([
        ["an empty file", Buffer.alloc(0)],
        ["a small file", Buffer.from("headrace")],
        ["a file of just the small size", Buffer.alloc(64 * 1024, 1)],
        ["a file of several buffers", randomBytes(900_001)],
      ])("stores %s by copy, by move, as bytes and as a stream, under one name", async (_, content) => {
        const expected = refOf(content);
        const kept = await write("kept", content);
        const moved = await write("moved", content);
        expect(await store.putFile(kept, { move: false })).toEqual(expected);
        expect(await store.putFile(moved, { move: true })).toEqual(expected);
        expect(await store.putBytes(content)).toEqual(expected);
        expect(await store.putStream(Readable.from([content.subarray(0, 3), content.subarray(3)]))).toEqual(expected);
        expect(await readFile(kept)).toEqual(content);
        expect(await readdir(work)).toEqual(["kept"]);
        expect(await collect(store.list())).toEqual([expected]);
        expect(await bytesOf(await store.read(expected.sha256))).toEqual(content);
      });

      it("stores many files at once and answers in their order", async () => {
        const paths = await Promise.all(Array.from({ length: 300 }, (_, n) => write(`f${n}`, `content ${n % 100}`)));
        const big = await write("big", randomBytes(200_000));
        const refs = await store.putFiles([...paths, join(work, "gone"), big, join(paths[0] ?? "", "below-a-file")]);
        expect(refs.slice(0, 300)).toEqual(paths.map((_, n) => refOf(Buffer.from(`content ${n % 100}`))));
        expect(refs.slice(300)).toEqual(["missing", refOf(await readFile(big)), "missing"]);
        expect(await collect(store.list())).toHaveLength(101);
        expect(await store.putFiles([big])).toEqual([refOf(await readFile(big))]);
        expect(await store.putFiles([])).toEqual([]);
      });

      it("stores what many callers put at once", async () => {
        const refs = await Promise.all(Array.from({ length: 40 }, (_, n) => store.putBytes(Buffer.from(`${n % 4}`))));
        expect(new Set(refs.map(({ sha256 }) => sha256)).size).toBe(4);
        for (const { sha256 } of refs) expect(await store.verify(sha256)).toBe("ok");
      });

      it("refuses a stream that is not what it should be, and keeps nothing of it", async () => {
        const { sha256 } = refOf(Buffer.from("right"));
        await expect(store.putStream(Readable.from(["wrong"]), { expectedSha256: sha256 })).rejects.toMatchObject({
          code: "HR_BLOB_DAMAGED",
          message: `the content that should be ${sha256} is ${refOf(Buffer.from("wrong")).sha256}`,
        });
        expect(await collect(store.list())).toEqual([]);
        expect(await store.putStream(Readable.from(["right"]), { expectedSha256: sha256 })).toEqual({
          sha256,
          sizeBytes: 5,
        });
      });

      it("passes on the error of a stream that breaks, and keeps nothing of it", async () => {
        const broken = Readable.from(
          (async function* () {
            yield "half";
            throw new Error("line cut");
          })(),
        );
        await expect(store.putStream(broken)).rejects.toThrow("line cut");
        expect(await collect(store.list())).toEqual([]);
      });

      it("moves a file that has another name by copying: writing to that name later leaves the blob whole", async () => {
        const path = await write("file", "shared");
        const other = join(work, "other");
        await link(path, other);
        const ref = await store.putFile(path, { move: true });
        expect(await readdir(work)).toEqual(["other"]);
        await writeFile(other, "tamper");
        expect(await store.verify(ref.sha256)).toBe("ok");
      });

      it("moves a hard link of a blob: only the name goes", async () => {
        const ref = await store.putBytes(Buffer.from("input"));
        const target = join(work, "input");
        await store.place(ref.sha256, target, { mode: "share" });
        expect(await store.putFile(target, { move: true })).toEqual(ref);
        expect(await readdir(work)).toEqual([]);
        expect(await store.verify(ref.sha256)).toBe("ok");
      });

      it.each([
        ["moved", true, 0],
        ["moved that has another name", true, 1],
        ["copied", false, 0],
      ])("says what a file became before it is gone: one that is %s", async (_, move, links) => {
        const path = await write("output", "content");
        for (let n = 0; n < links; n += 1) await link(path, join(work, `link-${n}`));
        const seen: unknown[] = [];
        const onStored = async (ref: BlobRef) => {
          seen.push(ref, await readFile(path, "utf8"), await store.has(ref.sha256));
        };
        expect(await store.putFile(path, { move, onStored })).toEqual(refOf(Buffer.from("content")));
        expect(seen).toEqual([refOf(Buffer.from("content")), "content", true]);
        expect((await readdir(work)).includes("output")).toBe(!move);
      });

      it("leaves the file where it is when the caller cannot note what it became, and moves it the next time", async () => {
        const path = await write("output", "content");
        const onStored = () => Promise.reject(new Error("journal full"));
        await expect(store.putFile(path, { move: true, onStored })).rejects.toThrow("journal full");
        expect(await readFile(path, "utf8")).toBe("content");
        expect(await store.putFile(path, { move: true })).toEqual(refOf(Buffer.from("content")));
        expect(await readdir(work)).toEqual([]);
      });

      it("does not move a link or a folder", async () => {
        const path = await write("file", "x");
        await symlink(path, join(work, "link"));
        for (const odd of [join(work, "link"), work]) {
          await expect(store.putFile(odd, { move: true })).rejects.toMatchObject({
            code: "HR_OUTPUT_REFUSED",
            message: `${odd} is not a regular file`,
            hint: "pack folders into an archive, and write copies in place of links, pipes and devices",
          });
        }
        expect((await readdir(work)).sort()).toEqual(["file", "link"]);
      });

      it("moves a file that nobody may read or write", async () => {
        const path = await write("locked", "locked");
        await chmod(path, 0o400);
        const { sha256 } = await store.putFile(path, { move: true });
        await store.place(sha256, join(work, "out"), { mode: "copy" });
        expect((await stat(join(work, "out"))).mode & 0o777).toBe(0o644);
      });
    });

    describe("reading", () => {
      it("gives any range, with the end left out", async () => {
        const content = Buffer.from("0123456789");
        const { sha256 } = await store.putBytes(content);
        await fc.assert(
          fc.asyncProperty(fc.nat(12), fc.option(fc.nat(12), { nil: undefined }), async (start, end) => {
            const range = end === undefined ? { start } : { start, end };
            expect(await bytesOf(await store.read(sha256, range))).toEqual(
              content.subarray(start, Math.max(start, end ?? 10)),
            );
          }),
          { numRuns: 60 },
        );
      });

      it("knows what is there", async () => {
        const { sha256 } = await store.putBytes(Buffer.from("there"));
        expect(await store.has(sha256)).toBe(true);
        expect(await store.has(ABSENT)).toBe(false);
        expect(await store.size(sha256)).toBe(5);
        expect(await store.size(ABSENT)).toBeUndefined();
        expect(await store.missing([ABSENT, sha256])).toEqual([ABSENT]);
        expect(Buffer.from(await store.readBytes(sha256)).toString()).toBe("there");
      });

      it("takes no whole or absent content for a cut one, of few and of many", async () => {
        const refs = await Promise.all(
          Array.from({ length: 3 }, (_, n) => store.putBytes(Buffer.from(`content ${n}`))),
        );
        const absent = { sha256: ABSENT, sizeBytes: 1 };
        expect(await store.resized([...refs, absent])).toEqual([]);
        expect(await store.resized(Array.from({ length: 200 }, () => [...refs, absent]).flat())).toEqual([]);
      });

      it("says what is missing", async () => {
        const missing = {
          code: "HR_BLOB_MISSING",
          message: `the stored file ${ABSENT} is missing`,
          hint: "bring it back from a backup, or run again what made it",
        };
        await expect(store.read(ABSENT)).rejects.toMatchObject(missing);
        await expect(store.readBytes(ABSENT)).rejects.toMatchObject(missing);
        for (const mode of ["share", "copy"] as const) {
          await expect(store.place(ABSENT, join(work, "x"), { mode })).rejects.toMatchObject(missing);
        }
        await expect(
          store.placeCopies([{ sha256: ABSENT, target: join(work, "x"), executable: false }]),
        ).rejects.toMatchObject(missing);
        expect(await readdir(work)).toEqual([]);
      });

      it("tells damage from absence", async () => {
        const small = await store.putBytes(Buffer.from("small"));
        const large = await store.putBytes(randomBytes(300_000));
        expect(await store.verify(ABSENT)).toBe("missing");
        for (const { sha256 } of [small, large]) {
          expect(await store.verify(sha256)).toBe("ok");
          await opened.damage(sha256);
          expect(await store.verify(sha256)).toBe("damaged");
        }
        await expect(store.readBytes(small.sha256)).rejects.toMatchObject({ code: "HR_BLOB_DAMAGED" });
      });

      it("forgets what is deleted, once or twice", async () => {
        const { sha256 } = await store.putBytes(Buffer.from("x"));
        await store.delete(sha256);
        await store.delete(sha256);
        expect(await store.has(sha256)).toBe(false);
        expect(await collect(store.list())).toEqual([]);
      });

      it.each(["", "abc", `../../${ABSENT}`, `${ABSENT}/`, ABSENT.replace("0", "A"), `${ABSENT}\n`])(
        "refuses the name %j",
        async (text) => {
          const target = join(work, "x");
          const calls = [
            () => store.has(text),
            () => store.size(text),
            () => store.read(text),
            () => store.readBytes(text),
            () => store.verify(text),
            () => store.delete(text),
            () => store.missing([text]),
            () => store.place(text, target, { mode: "copy" }),
            () => store.place(text, target, { mode: "share" }),
            () => store.placeCopies([{ sha256: text, target, executable: false }]),
          ];
          for (const call of calls)
            await expect(call()).rejects.toThrow(`not a SHA-256 in lower-case hex: ${JSON.stringify(text)}`);
        },
      );
    });

    describe("the trash", () => {
      const discarded = async (content: Uint8Array): Promise<string> => {
        const { sha256 } = await store.putBytes(content);
        await store.trash.discard([sha256, ABSENT]);
        return sha256;
      };

      it("holds what was discarded, with its size and the time, and the store holds it no longer", async () => {
        const before = Date.now() - 2000;
        const content = randomBytes(70_000);
        const sha256 = await discarded(content);
        expect(await collect(store.list())).toEqual([]);
        const [held, ...others] = await collect(store.trash.list());
        expect({ ...held, since: 0, others }).toEqual({ sha256, sizeBytes: 70_000, since: 0, others: [] });
        expect(held?.since).toBeGreaterThan(before);
        expect(held?.since).toBeLessThan(Date.now() + 2000);
      });

      it("dates what is stored, also a file that is older than its place in the store", async () => {
        const before = Date.now() - 2000;
        const path = await write("old", "old");
        await utimes(path, 1000, 1000);
        const { sha256 } = await store.putFile(path, { move: true });
        const [dated] = await collect(store.listDated());
        expect({ ...dated, since: 0 }).toEqual({ sha256, sizeBytes: 3, since: 0 });
        expect(dated?.since).toBeGreaterThan(before);
      });

      it.each<[string, (sha256: string) => Promise<unknown>]>([
        ["whether it is there", (sha256) => store.has(sha256)],
        ["its size", (sha256) => store.size(sha256)],
        ["its bytes", (sha256) => store.readBytes(sha256)],
        ["a stream of it", async (sha256) => bytesOf(await store.read(sha256))],
        ["a link to it", (sha256) => store.place(sha256, join(work, "placed"), { mode: "share" })],
        ["a copy of it", (sha256) => store.place(sha256, join(work, "placed"), { mode: "copy" })],
        ["many copies", (sha256) => store.placeCopies([{ sha256, target: join(work, "placed"), executable: false }])],
        ["whether it is whole", (sha256) => store.verify(sha256)],
        ["storing it again", () => store.putBytes(Buffer.from("wanted"))],
      ])("gives back what somebody asks for: %s", async (_, ask) => {
        const sha256 = await discarded(Buffer.from("wanted"));
        expect(await ask(sha256)).not.toBe(false);
        await store.trash.empty([sha256]);
        expect(await store.verify(sha256)).toBe("ok");
        expect(await collect(store.list())).toEqual([{ sha256, sizeBytes: 6 }]);
      });

      it("restores by hand, once, and forgets for good", async () => {
        const sha256 = await discarded(Buffer.from("x"));
        expect(await store.trash.restore(sha256)).toBe(true);
        expect(await store.trash.restore(sha256)).toBe(false);
        expect(await collect(store.trash.list())).toEqual([]);
        await store.trash.discard([sha256]);
        await store.trash.empty([sha256, ABSENT]);
        expect(await store.has(sha256)).toBe(false);
        expect(await collect(store.trash.list())).toEqual([]);
      });

      it("loses nothing that somebody holds while others discard and put it", async () => {
        const content = Buffer.from("contested");
        const { sha256 } = await store.putBytes(content);
        const discarding = async () => {
          for (let n = 0; n < 25; n += 1) await store.trash.discard([sha256]);
        };
        const putting = async () => {
          for (let n = 0; n < 25; n += 1) {
            expect(await store.putBytes(content)).toEqual(refOf(content));
            // Between the two it may lie in either place, and comes back from each.
            expect(await store.readBytes(sha256)).toEqual(content);
          }
        };
        await Promise.all([discarding(), putting()]);
        expect(await store.verify(sha256)).toBe("ok");
      });
    });

    it("knows the databases that refer to it", async () => {
      expect(await store.owners()).toEqual([]);
      await store.addOwner({ id: "b2", name: "postgres://host/b · daily" });
      await store.addOwner({ id: "a1", name: "/first.db" });
      await store.addOwner({ id: "a1", name: "/a.db" });
      expect(await store.owners()).toEqual([
        { id: "a1", name: "/a.db" },
        { id: "b2", name: "postgres://host/b · daily" },
      ]);
      for (const id of ["a1", "gone"]) await store.removeOwner(id);
      expect(await store.owners()).toEqual([{ id: "b2", name: "postgres://host/b · daily" }]);
      expect(await collect(store.list())).toEqual([]);
    });

    describe("placing", () => {
      it.each([
        [{ mode: "share" }, 0o444],
        [{ mode: "share", executable: true }, 0o555],
        [{ mode: "copy" }, 0o644],
        [{ mode: "copy", executable: true }, 0o755],
      ] as const)("%j makes folders and gives the mode %o", async (options, mode) => {
        for (const content of [Buffer.from("small"), randomBytes(100_000)]) {
          const { sha256 } = await store.putBytes(content);
          const target = join(work, "a", "b", sha256);
          await store.place(sha256, target, options);
          expect(await readFile(target)).toEqual(content);
          expect(((await lstat(target)).mode & 0o777).toString(8)).toBe(mode.toString(8));
        }
      });

      it("gives copies that may be written to", async () => {
        const { sha256 } = await store.putBytes(Buffer.from("mine"));
        const target = join(work, "mine");
        await store.place(sha256, target, { mode: "copy" });
        await writeFile(target, "changed");
        expect(await store.verify(sha256)).toBe("ok");
      });

      it("never overwrites", async () => {
        const { sha256 } = await store.putBytes(Buffer.from("new"));
        const target = await write("taken", "old");
        const calls = [
          () => store.place(sha256, target, { mode: "share" }),
          () => store.place(sha256, target, { mode: "copy" }),
          () => store.placeCopies([{ sha256, target, executable: false }]),
        ];
        for (const call of calls) {
          await expect(call()).rejects.toMatchObject({
            code: "HR_FILE_EXISTS",
            message: `${target} exists already`,
            hint: "remove it, or choose another place",
          });
        }
        expect(await readFile(target, "utf8")).toBe("old");
      });

      it("places many copies at once", async () => {
        const refs = await Promise.all(["one", "two"].map((text) => store.putBytes(Buffer.from(text))));
        const placements = Array.from({ length: 600 }, (_, n) => ({
          sha256: refs[n % 2]?.sha256 ?? "",
          target: join(work, `${n}`),
          executable: n % 3 === 0,
        }));
        await store.placeCopies(placements);
        expect(await readdir(work)).toHaveLength(600);
        expect(await readFile(join(work, "3"), "utf8")).toBe("two");
        expect((await stat(join(work, "3"))).mode & 0o777).toBe(0o755);
        expect((await stat(join(work, "4"))).mode & 0o777).toBe(0o644);
      });
    });
  });
}

function refOf(content: Uint8Array): BlobRef {
  return { sha256: createHash("sha256").update(content).digest("hex"), sizeBytes: content.length };
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat((await stream.toArray()) as Buffer[]);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
