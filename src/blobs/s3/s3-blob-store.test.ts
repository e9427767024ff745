import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { blobPath } from "../blob-path.ts";
import { flipByte } from "../fixtures/flip-byte.ts";
import { openBlobStore } from "../local-blob-store.ts";
import { sha256Of } from "../sha256.ts";
import { S3_SERVER_TIMEOUT_MS, type S3Server, s3ServerProblem, startS3Server } from "./fixtures/s3-server.ts";
import { openS3BlobStore, type S3BlobStore, type S3BlobStoreOptions } from "./s3-blob-store.ts";

const MIB = 1024 * 1024;
const MINUTE = 60_000;

describe.skipIf(s3ServerProblem() !== undefined)("blobs in S3", () => {
  let server: S3Server;
  let root: string;
  let prefix: string;
  const opened: S3BlobStore[] = [];

  beforeAll(async () => {
    server = await startS3Server();
  }, S3_SERVER_TIMEOUT_MS);
  afterAll(() => server.stop());

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "s3-blobs-"));
    prefix = randomUUID();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  /** Another `machine` is another cache. */
  async function openOn(
    machine: string,
    options: Partial<S3BlobStoreOptions> & { parameters?: string } = {},
  ): Promise<S3BlobStore> {
    const { parameters = "", ...rest } = options;
    const url = `s3://${server.bucket}/${prefix}${parameters}`;
    const store = await openS3BlobStore({ url, folder: join(root, machine), env: server.env, ...rest });
    opened.push(store);
    return store;
  }

  async function write(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(root, name);
    await writeFile(path, content);
    return path;
  }

  const objectPath = (sha256: string): string => server.fileOf(`${prefix}/sha256/${sha256.slice(0, 2)}/${sha256}`);
  const cachedOn = (machine: string, sha256: string): Promise<boolean> =>
    stat(blobPath(join(root, machine), sha256)).then(
      () => true,
      () => false,
    );

  it("lie under the same names as on disk", async () => {
    const store = await openOn("here");
    const { sha256 } = await store.putBytes(Buffer.from("x"));
    expect(await readFile(objectPath(sha256), "utf8")).toBe("x");
    expect(store.shown).toBe(`s3://${server.bucket}/${prefix} at ${server.endpoint}`);
  });

  it("go to and fro in parts when they are large, and in pieces when only those are wanted", async () => {
    const content = randomBytes(20 * MIB + 3);
    const sha256 = sha256Of(content);
    const here = await openOn("here");
    expect(await here.putFile(await write("large", content), { move: true })).toEqual({
      sha256,
      sizeBytes: content.length,
    });
    const there = await openOn("there");
    const piece = await there.read(sha256, { start: 9 * MIB, end: 9 * MIB + 70_000 });
    expect(Buffer.concat(await piece.toArray())).toEqual(content.subarray(9 * MIB, 9 * MIB + 70_000));
    expect(await cachedOn("there", sha256)).toBe(false);
    await there.place(sha256, join(root, "placed"), { mode: "share" });
    expect(sha256Of(await readFile(join(root, "placed")))).toBe(sha256);
    expect(await cachedOn("there", sha256)).toBe(true);
    expect(await there.verify(sha256)).toBe("ok");
  });

  it.each([8 * MIB, 8 * MIB + 1])("of %i bytes arrive whole", async (size) => {
    const content = randomBytes(size);
    const store = await openOn("here");
    const fromStream = await store.putStream(Readable.from([content]));
    expect(fromStream).toEqual({ sha256: sha256Of(content), sizeBytes: size });
    expect(await store.verify(fromStream.sha256)).toBe("ok");
    await store.delete(fromStream.sha256);
    expect(await store.putBytes(content)).toEqual(fromStream);
    expect(await store.verify(fromStream.sha256)).toBe("ok");
  });

  it("are placed from the cache while the server is away", async () => {
    const store = await openOn("here", { timeouts: { patienceMs: 1 } });
    const { sha256 } = await store.putFile(await write("output", "made here"), { move: true });
    await server.pause();
    try {
      await store.place(sha256, join(root, "input"), { mode: "copy" });
      expect(await readFile(join(root, "input"), "utf8")).toBe("made here");
      expect(Buffer.from(await store.readBytes(sha256)).toString()).toBe("made here");
      expect(await (await store.read(sha256)).toArray()).toEqual([Buffer.from("made here")]);
    } finally {
      await server.resume();
    }
  });

  it("share one download among those who want the same at once", async () => {
    const { sha256 } = await (await openOn("here")).putBytes(randomBytes(100_000));
    const there = await openOn("there");
    await Promise.all(Array.from({ length: 20 }, (_, n) => there.place(sha256, join(root, `${n}`), { mode: "share" })));
    // All are links of one inode.
    expect((await stat(join(root, "0"))).nlink).toBe(21);
  });

  it("that are damaged in the cache before they are sent never reach the bucket", async () => {
    const content = randomBytes(9 * MIB);
    const sha256 = sha256Of(content);
    const store = await openOn("here");
    for (const size of [content.length, 100]) {
      const path = await write(`output-${size}`, content.subarray(0, size));
      const name = sha256Of(content.subarray(0, size));
      await server.pause();
      const stored = store.putFile(path, { move: false, onStored: () => Promise.reject(new Error("too late")) });
      const refused = expect(stored).rejects.toMatchObject({
        code: "HR_BLOB_DAMAGED",
        message: `the content that should be ${name} is ${sha256Of(Buffer.alloc(size))}`,
      });
      const cached = blobPath(join(root, "here"), name);
      await vi.waitFor(() => stat(cached), 10_000);
      await rm(cached);
      await writeFile(cached, Buffer.alloc(size));
      await server.resume();
      await refused;
      expect((await stat(path)).size).toBe(size);
    }
    expect(await store.has(sha256)).toBe(false);
    expect(await store.removeStale(-MINUTE)).toBe(0);
  });

  it("that were damaged in the cache are mended there when they are stored again", async () => {
    const store = await openOn("here");
    for (const content of [randomBytes(9 * MIB), randomBytes(100)]) {
      const path = await write("output", content);
      const { sha256 } = await store.putFile(path, { move: false });
      await store.delete(sha256);
      await mkdir(join(root, "here", "sha256", sha256.slice(0, 2)), { recursive: true });
      await writeFile(blobPath(join(root, "here"), sha256), Buffer.alloc(content.length));
      await store.putFile(path, { move: false });
      expect(await readFile(blobPath(join(root, "here"), sha256))).toEqual(content);
      expect(await store.verify(sha256)).toBe("ok");
    }
  });

  it("that were damaged in the cache are fetched anew", async () => {
    const store = await openOn("here");
    const { sha256 } = await store.putFile(await write("file", "right"), { move: true });
    const copy = blobPath(join(root, "here"), sha256);
    await flipByte(copy);
    expect(Buffer.from(await store.readBytes(sha256)).toString()).toBe("right");
    await flipByte(copy);
    expect(await store.verify(sha256)).toBe("ok");
    expect(await cachedOn("here", sha256)).toBe(false);
  });

  it("that were damaged in the bucket are not handed out", async () => {
    const { sha256 } = await (await openOn("here")).putBytes(randomBytes(200_000));
    await flipByte(objectPath(sha256));
    const there = await openOn("there");
    const damaged = {
      code: "HR_BLOB_DAMAGED",
      message: expect.stringMatching(`^the content that should be ${sha256} is [0-9a-f]{64}$`),
    };
    await expect(there.place(sha256, join(root, "placed"), { mode: "share" })).rejects.toMatchObject(damaged);
    await expect((await there.read(sha256)).toArray()).rejects.toMatchObject(damaged);
    expect(await there.verify(sha256)).toBe("damaged");
    expect(await cachedOn("there", sha256)).toBe(false);
    expect(await readdir(root)).toEqual(["here", "there"]);
  });

  it("that lie there with another length are stored again", async () => {
    const store = await openOn("here");
    const { sha256 } = await store.putBytes(Buffer.from("content"));
    await writeFile(objectPath(sha256), "cont");
    await store.putBytes(Buffer.from("content"));
    expect(await store.verify(sha256)).toBe("ok");
  });

  it("are told apart by the thousand", async () => {
    const store = await openOn("here");
    const stored = await Promise.all(Array.from({ length: 12 }, (_, n) => store.putBytes(Buffer.from(`${n}`))));
    const names = Array.from({ length: 2_500 }, (_, n) => sha256Of(`${n}`));
    const missing = await store.missing(names);
    expect(missing).toEqual(names.slice(12));
    expect(stored.map(({ sha256 }) => sha256)).toEqual(names.slice(0, 12));
  });

  it("list only what is theirs", async () => {
    const store = await openOn("here");
    const ref = await store.putBytes(Buffer.from("mine"));
    await mkdir(server.fileOf(`${prefix}/sha256/zz`), { recursive: true });
    await writeFile(server.fileOf(`${prefix}/sha256/zz/${ref.sha256}`), "wrong shelf");
    await writeFile(server.fileOf(`${prefix}/sha256/${ref.sha256.slice(0, 2)}/README`), "no blob");
    expect(await Array.fromAsync(store.list())).toEqual([ref]);
  });

  it("leave uploads that were cut short, which removeStale ends", async () => {
    const { S3Client, CreateMultipartUploadCommand, ListMultipartUploadsCommand } = await import("@aws-sdk/client-s3");
    const client = new S3Client({
      region: "us-east-1",
      endpoint: server.endpoint,
      forcePathStyle: true,
      credentials: {
        accessKeyId: server.env.AWS_ACCESS_KEY_ID ?? "",
        secretAccessKey: server.env.AWS_SECRET_ACCESS_KEY ?? "",
      },
    });
    for (const name of ["sha256/aa/one", "sha256/bb/two", "other"]) {
      await client.send(new CreateMultipartUploadCommand({ Bucket: server.bucket, Key: `${prefix}/${name}` }));
    }
    const store = await openOn("here");
    expect(await store.removeStale(60 * MINUTE)).toBe(0);
    expect(await store.removeStale(-MINUTE)).toBe(2);
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: server.bucket, Prefix: prefix }));
    expect(Uploads?.map(({ Key }) => Key)).toEqual([`${prefix}/other`]);
    client.destroy();
  });

  describe("in the cache", () => {
    it("stay within its bound: what was used longest ago goes first", async () => {
      let now = Date.now();
      const store = await openOn("here", { parameters: "?cache=1MB", now: () => now });
      const refs: string[] = [];
      for (let n = 0; n < 9; n += 1) {
        refs.push((await store.putFile(await write(`f${n}`, Buffer.alloc(110_000, n)), { move: true })).sha256);
      }
      const [first = "", second = ""] = refs;
      now += 10 * MINUTE;
      await store.place(first, join(root, "in use"), { mode: "copy" });
      now += 10 * MINUTE;
      // The tenth exceeds the bound: two go, down to nine tenths of it.
      refs.push((await store.putFile(await write("last", Buffer.alloc(110_000, 99)), { move: true })).sha256);
      const cached = await Promise.all(refs.map((sha256) => cachedOn("here", sha256)));
      expect(cached.filter((isCached) => !isCached)).toHaveLength(2);
      expect([cached[0], cached[9]]).toEqual([true, true]);
      expect((await store.missing(refs)).length).toBe(0);
      const gone = refs[cached.indexOf(false)] ?? second;
      await store.place(gone, join(root, "again"), { mode: "copy" });
      expect(sha256Of(await readFile(join(root, "again")))).toBe(gone);
    });

    it("are not removed while somebody may be about to use them, whatever the bound", async () => {
      const store = await openOn("here", { parameters: "?cache=1kB" });
      const refs = await Promise.all(
        ["a", "b", "c"].map((letter) => store.putStream(Readable.from([letter.repeat(2_000)]))),
      );
      for (const { sha256 } of refs) expect(await cachedOn("here", sha256)).toBe(true);
      const placements = refs.map(({ sha256 }, n) => ({ sha256, target: join(root, `${n}`), executable: false }));
      await store.placeCopies(placements);
      expect((await readdir(root)).sort()).toEqual(["0", "1", "2", "here"]);
    });

    it("are marked as copies, and a store is not taken for a cache", async () => {
      await openOn("here");
      expect(await readFile(join(root, "here", "CACHEDIR.TAG"), "utf8")).toMatch(
        /^Signature: 8a477f597d28d172789f06886806bc55\n/,
      );
      await openOn("here");
      await using local = await openBlobStore({ folder: join(root, "precious") });
      await local.putBytes(Buffer.from("the only copy"));
      await expect(openOn("precious")).rejects.toMatchObject({
        code: "HR_BLOBS_UNAVAILABLE",
        message: `${join(root, "precious")} holds stored files and is not a cache`,
        hint: "choose another folder for the cache; the page s3 of the manual tells how to move stored files to S3",
      });
    });
  });

  describe("when the set-up is wrong", () => {
    const rights =
      "check the credentials and that they grant s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on the bucket";

    it("say so of a bucket that is not there", async () => {
      await using store = await openS3BlobStore({ url: "s3://absent/x", folder: join(root, "cache"), env: server.env });
      const failure = {
        code: "HR_BLOBS_UNAVAILABLE",
        message: `cannot list the files in s3://absent/x at ${server.endpoint}: the bucket does not exist`,
        hint: "create the bucket, or mend its name",
      };
      await expect(store.checkReachable()).rejects.toMatchObject(failure);
      await expect(store.putBytes(Buffer.from("x"))).rejects.toMatchObject({
        code: "HR_BLOBS_UNAVAILABLE",
        hint: failure.hint,
      });
    });

    it.each([
      [
        "a key that is unknown",
        { AWS_ACCESS_KEY_ID: "somebody" },
        /access was denied \((?:InvalidAccessKeyId|XAdminUserNotFound): .*\)$/,
      ],
      [
        "a secret that is wrong",
        { AWS_SECRET_ACCESS_KEY: "wrong-secret-word" },
        /access was denied \(SignatureDoesNotMatch: .*\)$/,
      ],
    ])("say so of %s, and tell no secret", async (_, wrong, message) => {
      const env: Record<string, string> = { ...server.env, ...wrong };
      const store = await openOn("here", { env });
      const error: unknown = await store.checkReachable().catch((failure: unknown) => failure);
      expect(error).toMatchObject({
        code: "HR_BLOBS_UNAVAILABLE",
        message: expect.stringMatching(message),
        hint: rights,
      });
      const everything = inspect(error, { depth: 20, showHidden: true });
      expect(everything).not.toContain(env.AWS_SECRET_ACCESS_KEY);
      expect(everything).not.toContain("Signature=");
    });

    it("ask for nothing before they are used", async () => {
      await server.pause();
      try {
        await openOn("here");
      } finally {
        await server.resume();
      }
    });

    it("pass when all is right", async () => {
      await expect((await openOn("here")).checkReachable()).resolves.toBeUndefined();
    });
  });

  it("are stored once when many put the same at once", async () => {
    const store = await openOn("here");
    const content = randomBytes(300_000);
    const refs = await Promise.all(Array.from({ length: 8 }, () => store.putStream(Readable.from([content]))));
    expect(new Set(refs.map(({ sha256 }) => sha256))).toEqual(
      new Set([createHash("sha256").update(content).digest("hex")]),
    );
    expect(await Array.fromAsync(store.list())).toHaveLength(1);
  });
});
