import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blobPath } from "./blob-path.ts";
import { testBlobStore } from "./conformance.ts";
import { flipByte } from "./fixtures/flip-byte.ts";
import { type LocalBlobStore, openBlobStore } from "./local-blob-store.ts";

testBlobStore("a folder", async (folder) => {
  const store = await openBlobStore({ folder });
  return {
    store,
    damage: (sha256) => flipByte(blobPath(folder, sha256)),
  };
});

describe("a folder of blobs", () => {
  let root: string;
  let folder: string;
  let store: LocalBlobStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "blobs-"));
    folder = join(root, "store");
    store = await openBlobStore({ folder });
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  const incoming = (): Promise<string[]> => readdir(join(folder, "incoming"));

  it("finds blobs that were cut short, of few and of many", async () => {
    const [whole, cut] = [await store.putBytes(Buffer.from("whole")), await store.putBytes(Buffer.from("cut short"))];
    await chmod(blobPath(folder, cut.sha256), 0o644);
    await writeFile(blobPath(folder, cut.sha256), "cut");
    expect(await store.resized([whole, cut])).toEqual([cut.sha256]);
    expect(await store.resized([...Array.from({ length: 500 }, () => whole), cut])).toEqual([cut.sha256]);
  });

  it("keeps a blob read-only under the first two digits of its name", async () => {
    const { sha256 } = await store.putBytes(Buffer.from("x"));
    expect(sha256).toBe("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
    expect((await stat(join(folder, "sha256", "2d", sha256))).mode & 0o777).toBe(0o444);
    expect(await incoming()).toEqual([]);
  });

  it("moves without a second copy: the inode stays", async () => {
    const path = join(root, "output");
    await writeFile(path, randomBytes(100_000));
    const { ino } = await stat(path);
    const { sha256 } = await store.putFile(path, { move: true });
    expect((await stat(blobPath(folder, sha256))).ino).toBe(ino);
    expect((await stat(blobPath(folder, sha256))).nlink).toBe(1);
  });

  it("shares by hard link", async () => {
    const { sha256 } = await store.putBytes(Buffer.from("shared"));
    await store.place(sha256, join(root, "input"), { mode: "share" });
    expect((await stat(join(root, "input"))).ino).toBe((await stat(blobPath(folder, sha256))).ino);
  });

  it("heals a blob of the wrong length when its content comes again", async () => {
    const { sha256 } = await store.putBytes(Buffer.from("whole"));
    await chmod(blobPath(folder, sha256), 0o644);
    await truncate(blobPath(folder, sha256), 2);
    await store.putBytes(Buffer.from("whole"));
    expect(await store.verify(sha256)).toBe("ok");
  });

  it.each([10, 100_000])(
    "heals a blob of %d bytes with other bytes of the same length when a step makes it again",
    async (length) => {
      const path = join(root, "output");
      await writeFile(path, Buffer.alloc(length, "a"));
      const { sha256 } = await store.putFile(path, { move: true });
      await chmod(blobPath(folder, sha256), 0o644);
      await writeFile(blobPath(folder, sha256), Buffer.alloc(length, "b"));
      await writeFile(path, Buffer.alloc(length, "a"));
      await store.putFile(path, { move: true });
      expect(await store.verify(sha256)).toBe("ok");
    },
  );

  it.each([{ mode: "share" }, { mode: "copy" }, { mode: "share", executable: true }] as const)(
    "does not place by %j what was cut off",
    async (options) => {
      const { sha256 } = await store.putBytes(Buffer.from("whole"));
      await chmod(blobPath(folder, sha256), 0o644);
      await truncate(blobPath(folder, sha256), 2);
      await expect(store.place(sha256, join(root, "input"), { ...options, sizeBytes: 5 })).rejects.toMatchObject({
        code: "HR_BLOB_DAMAGED",
        message: `the stored file ${sha256} has 2 bytes instead of 5`,
        hint: "a check of the stored files says what it belongs to; bring it back from a backup, or run again what made it",
      });
      expect(await readdir(root)).not.toContain("input");
    },
  );

  it.each([10, 100_000, 2_000_000])(
    "heals a damaged blob of %d bytes when it comes again among many",
    async (length) => {
      const path = join(root, "output");
      await writeFile(path, Buffer.alloc(length, "a"));
      const [ref] = await store.putFiles([path]);
      if (typeof ref !== "object") throw new Error("not stored");
      await flipByte(blobPath(folder, ref.sha256));
      expect(await store.putFiles([path])).toEqual([ref]);
      expect(await store.verify(ref.sha256)).toBe("ok");
    },
  );

  it.each([10, 100_000])(
    "takes no damaged blob of %d bytes for the content of a file with several names",
    async (length) => {
      const path = join(root, "output");
      await writeFile(path, Buffer.alloc(length, "a"));
      const ref = await store.putFile(path, { move: false });
      await flipByte(blobPath(folder, ref.sha256));
      await link(path, join(root, "second name"));
      expect(await store.putFile(path, { move: true })).toEqual(ref);
      expect(await store.verify(ref.sha256)).toBe("ok");
    },
  );

  it.each([
    { length: 10, mode: "share" },
    { length: 10, mode: "copy" },
    { length: 100_000, mode: "share" },
    { length: 100_000, mode: "copy" },
  ] as const)("does not hand out a damaged blob: %j", async ({ length, mode }) => {
    const { sha256 } = await store.putBytes(Buffer.alloc(length, "a"));
    const target = join(root, "input");
    await store.place(sha256, target, { mode });
    await rm(target, { force: true });
    await flipByte(blobPath(folder, sha256));
    await expect(store.place(sha256, target, { mode, sizeBytes: length })).rejects.toMatchObject({
      code: "HR_BLOB_DAMAGED",
      message: expect.stringContaining(`the stored file ${sha256} is damaged: `),
      hint: "a check of the stored files says what it belongs to; bring it back from a backup, or run again what made it",
    });
    await expect(store.placeCopies([{ sha256, target, executable: false }])).rejects.toMatchObject({
      code: "HR_BLOB_DAMAGED",
    });
    expect(await readdir(root)).not.toContain("input");
  });

  it("leaves alone what stands where it is to place something", async () => {
    const target = join(root, "input");
    await writeFile(target, "mine");
    for (const length of [10, 100_000]) {
      const { sha256 } = await store.putBytes(Buffer.alloc(length, "a"));
      await expect(store.place(sha256, target, { mode: "copy" })).rejects.toMatchObject({ code: "HR_FILE_EXISTS" });
    }
    expect(await readFile(target, "utf8")).toBe("mine");
  });

  it("keeps the holes of a sparse file in what it hands out", async () => {
    const path = join(root, "sparse");
    await writeFile(path, "start");
    await truncate(path, 50_000_000);
    const { sha256 } = await store.putFile(path, { move: true });
    await store.place(sha256, join(root, "copy"), { mode: "copy" });
    const { size, blocks } = await stat(join(root, "copy"));
    expect(size).toBe(50_000_000);
    expect(blocks * 512).toBeLessThan(1_000_000);
  });

  it("keeps the holes of a sparse file", async () => {
    const path = join(root, "sparse");
    await writeFile(path, "start");
    await truncate(path, 50_000_000);
    const { sha256, sizeBytes } = await store.putFile(path, { move: false });
    expect(sizeBytes).toBe(50_000_000);
    expect((await stat(blobPath(folder, sha256))).blocks * 512).toBeLessThan(1_000_000);
    expect(await store.verify(sha256)).toBe("ok");
  });

  it("leaves a file in its place, with its mode, when it cannot be stored", async () => {
    const path = join(root, "output");
    await writeFile(path, randomBytes(100_000));
    await chmod(path, 0o640);
    await rm(join(folder, "sha256"), { recursive: true });
    await writeFile(join(folder, "sha256"), "in the way");
    await expect(store.putFile(path, { move: true })).rejects.toMatchObject({ code: "ENOTDIR" });
    expect((await lstat(path)).mode & 0o777).toBe(0o640);
    expect(await incoming()).toEqual([]);
  });

  it("takes up a move that a crash cut short after the blob had its name", async () => {
    const path = join(root, "output");
    await writeFile(path, "finished work");
    const ref = await store.putBytes(Buffer.from("finished work"));
    await rm(path);
    await link(blobPath(folder, ref.sha256), path);
    expect(await store.putFile(path, { move: true })).toEqual(ref);
    expect((await stat(blobPath(folder, ref.sha256))).nlink).toBe(1);
  });

  it("notices a file that is written to while it is read", async () => {
    const path = join(root, "growing");
    await writeFile(path, randomBytes(30_000_000));
    // A pipe-driven writer: it appends until it is told to end, so no reading can come between two writes unnoticed.
    const script = `const fs=require("fs");const f=fs.openSync(process.argv[1],"a");process.stdout.write("go");
      process.stdin.on("end",()=>process.exit()).resume();(function w(){fs.writeSync(f,"x");setImmediate(w)})()`;
    const writer = spawn(process.execPath, ["-e", script, path], { stdio: ["pipe", "pipe", "inherit"] });
    await once(writer.stdout, "data");
    const changed = {
      code: "HR_FILE_CHANGED",
      message: `${path} changed while it was read`,
      hint: "wait until nothing writes to it any more, then try again",
    };
    try {
      await expect(store.putFile(path, { move: false })).rejects.toMatchObject(changed);
      expect(await store.putFiles([path])).toEqual(["changed"]);
    } finally {
      writer.stdin.end();
      await once(writer, "exit");
    }
    expect(await incoming()).toEqual([]);
    await expect(store.putFile(path, { move: true })).resolves.toMatchObject({ sizeBytes: (await stat(path)).size });
  });

  it("answers which of many files it may not read or that are no files", async () => {
    const secret = join(root, "secret");
    await writeFile(secret, "secret");
    await chmod(secret, 0o000);
    expect(await store.putFiles([root])).toEqual(["changed"]);
    await chmod(root, 0o755);
    await chmod(folder, 0o777);
    // For root every file is readable; the threads of the pool share the process's identity.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await store.putFiles([secret])).toEqual(["unreadable EACCES"]);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it("removes what was left half-written long ago, and nothing else", async () => {
    const now = Date.now();
    const later = await openBlobStore({ folder, now: () => now + 3_600_000 });
    await writeFile(join(folder, "incoming", "left"), "half");
    await utimes(join(folder, "incoming", "left"), 0, 0);
    const { sha256 } = await store.putBytes(Buffer.from("whole"));
    expect(await store.removeStale(60_000)).toBe(0);
    expect(await later.removeStale(60_000)).toBe(1);
    expect(await incoming()).toEqual([]);
    expect(await store.has(sha256)).toBe(true);
    await later[Symbol.asyncDispose]();
  });

  it("removes at once what somebody left who is dead, and nothing of the living or the unknown", async () => {
    for (const name of ["dead.1", "alive.2", "3", ".4"]) await writeFile(join(folder, "incoming", name), "half");
    expect(await store.removeStale(60_000, async (label) => label === "dead")).toBe(1);
    expect((await incoming()).toSorted()).toEqual([".4", "3", "alive.2"]);
  });

  it("marks what is half-written with its label", async () => {
    await using labelled = await openBlobStore({ folder, label: "me" });
    const names: string[] = [];
    const stream = Readable.from(
      (async function* () {
        names.push(...(await incoming()));
        yield "x";
      })(),
    );
    await labelled.putStream(stream);
    expect(names.map((name) => name.slice(0, 3))).toEqual(["me."]);
  });

  it("lists nothing that is no blob", async () => {
    const { sha256 } = await store.putBytes(Buffer.from("x"));
    await writeFile(join(folder, "sha256", sha256.slice(0, 2), "notes.txt"), "");
    await mkdir(join(folder, "sha256", "zz"));
    const names: string[] = [];
    for await (const ref of store.list()) names.push(ref.sha256);
    expect(names).toEqual([sha256]);
  });

  it("refuses work for its threads once it is closed", async () => {
    const closed = await openBlobStore({ folder });
    await closed[Symbol.asyncDispose]();
    await writeFile(join(root, "large"), randomBytes(100_000));
    await expect(closed.putFile(join(root, "large"), { move: false })).rejects.toThrow("the blob store is closed");
    expect(await incoming()).toEqual([]);
  });

  it("lets the process end when nothing is under way, and not before", () => {
    const door = new URL("./index.ts", import.meta.url).href;
    const source = join(root, "big");
    execFileSync("truncate", ["-s", "300M", source]);
    const script = `import { openBlobStore } from "${door}";
      const store = await openBlobStore({ folder: ${JSON.stringify(folder)} });
      store.putFile(${JSON.stringify(source)}, { move: false }).then((ref) => console.log(ref.sizeBytes));`;
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(out).toBe("314572800\n");
  });
});

describe.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)("on a small disk of its own", () => {
  let root: string;
  let disk: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "blobs-"));
    disk = join(root, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]);
  });
  afterEach(async () => {
    execFileSync("umount", [disk]);
    await rm(root, { recursive: true, force: true });
  });

  it("says that the disk is full, keeps what it had and tidies up", async () => {
    await using store = await openBlobStore({ folder: join(disk, "store") });
    const path = join(root, "big");
    await writeFile(path, randomBytes(4_000_000));
    const small = await store.putBytes(Buffer.from("small"));
    const hint = "free some space and run again; what was stored before is intact";
    for (const move of [false, true]) {
      await expect(store.putFile(path, { move })).rejects.toMatchObject({
        code: "HR_DISK_FULL",
        message: `no space left on the disk while storing ${path}`,
        hint,
      });
    }
    await expect(store.putFiles([path])).rejects.toMatchObject({
      code: "HR_DISK_FULL",
      message: "no space left on the disk while storing one file",
    });
    await expect(store.putBytes(await readFile(path))).rejects.toMatchObject({
      code: "HR_DISK_FULL",
      message: "no space left on the disk while storing a stream",
    });
    expect(await readdir(join(disk, "store", "incoming"))).toEqual([]);
    expect((await stat(path)).size).toBe(4_000_000);
    expect(await store.verify(small.sha256)).toBe("ok");
  });

  it("moves and shares across file systems by copying", async () => {
    await using store = await openBlobStore({ folder: join(disk, "store") });
    const path = join(root, "output");
    await writeFile(path, randomBytes(100_000));
    await copyFile(path, join(root, "twin"));
    const { sha256 } = await store.putFile(path, { move: true });
    expect(await store.verify(sha256)).toBe("ok");
    expect((await readdir(root)).sort()).toEqual(["disk", "twin"]);
    await store.place(sha256, join(root, "input"), { mode: "share" });
    expect((await stat(join(root, "input"))).mode & 0o777).toBe(0o444);
    expect(await readFile(join(root, "input"))).toEqual(await readFile(join(root, "twin")));
  });
});
