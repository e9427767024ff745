import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { blobPath } from "../blob-path.ts";
import { sha256Of } from "../sha256.ts";
import { type FaultProxy, startFaultProxy } from "./fixtures/fault-proxy.ts";
import { S3_SERVER_TIMEOUT_MS, type S3Server, s3ServerProblem, startS3Server } from "./fixtures/s3-server.ts";
import { openS3BlobStore, type S3BlobStore } from "./s3-blob-store.ts";
import type { S3Timeouts } from "./s3-client.ts";

const MIB = 1024 * 1024;
const TRY_LATER =
  "check that the server is up and that the address is right, then run again; what was stored before is intact";
const OVERLOAD = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";

describe.skipIf(s3ServerProblem() !== undefined)("an S3 server that makes trouble", () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let root: string;
  let store: S3BlobStore;

  beforeAll(async () => {
    server = await startS3Server();
    proxy = await startFaultProxy(server.endpoint);
  }, S3_SERVER_TIMEOUT_MS);
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await server.stop();
  });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "s3-faults-"));
    await proxy.set({ kind: "none" });
    store = await openHere("cache");
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  function openHere(cache: string, timeouts: Partial<S3Timeouts> = {}): Promise<S3BlobStore> {
    return openS3BlobStore({
      url: `s3://${server.bucket}/faults?endpoint=${proxy.endpoint}`,
      folder: join(root, cache),
      env: server.env,
      timeouts: { idleMs: 5_000, connectMs: 5_000, patienceMs: 20_000, ...timeouts },
    });
  }

  async function output(content: Uint8Array): Promise<string> {
    const path = join(root, "output");
    await writeFile(path, content);
    return path;
  }

  /** A store without patience that has been reached once; on a busy machine that may take several tries. */
  async function impatient(idleMs: number): Promise<S3BlobStore> {
    const impatient = await openHere("impatient", { patienceMs: 1, idleMs });
    for (let isReached = false; !isReached; ) {
      isReached = await impatient.checkReachable().then(
        () => true,
        () => false,
      );
    }
    return impatient;
  }

  it.each([
    ["refuses", { kind: "refuse" }, "the connection was refused"],
    ["takes connections and is silent", { kind: "silence" }, "the server did not answer in time"],
    ["cuts each connection", { kind: "cut", afterBytes: 0, times: Number.POSITIVE_INFINITY }, "the connection broke"],
    [
      "stops in the middle of its answers",
      { kind: "stall", afterBytes: 20, times: Number.POSITIVE_INFINITY },
      "the server did not answer in time",
    ],
    [
      "is overloaded",
      { kind: "answer", status: 503, body: OVERLOAD },
      "the server answered 503 (SlowDown: Please reduce your request rate.)",
    ],
  ] as const)("and %s ends in words, and the output stays", async (_, fault, what) => {
    await using hasty = await impatient(fault.kind === "silence" || fault.kind === "stall" ? 100 : 5_000);
    await proxy.set(fault);
    const content = randomBytes(100_000);
    const path = await output(content);
    const sha256 = sha256Of(content);
    const failure = { code: "HR_BLOBS_UNAVAILABLE", hint: TRY_LATER };
    const where = `s3://${server.bucket}/faults at ${proxy.endpoint}`;
    await expect(hasty.putFile(path, { move: true })).rejects.toMatchObject({
      ...failure,
      // A HEAD is answered without a body, so that the status is all there is.
      message: `cannot look for ${sha256} in ${where}: ${fault.kind === "answer" ? "the server answered 503" : what}`,
    });
    await expect(hasty.checkReachable()).rejects.toMatchObject({
      ...failure,
      message: `cannot list the files in ${where}: ${what}`,
    });
    await expect(hasty.readBytes("0".repeat(64))).rejects.toMatchObject(failure);
    expect(content.equals(await readFile(path))).toBe(true);
    await proxy.set({ kind: "none" });
    expect(await store.putFile(path, { move: true })).toEqual({ sha256, sizeBytes: content.length });
    expect(await readdir(root)).not.toContain("output");
    expect(await store.verify(sha256)).toBe("ok");
  });

  it("and that never was reached is given up soon", async () => {
    await proxy.set({ kind: "refuse" });
    await using first = await openHere("first", { patienceMs: 50 });
    await expect(first.checkReachable()).rejects.toMatchObject({ code: "HR_BLOBS_UNAVAILABLE" });
  });

  it("for a while is waited for", async () => {
    await store.checkReachable();
    await proxy.set({ kind: "answer", status: 503, body: OVERLOAD, times: 3 });
    const content = randomBytes(1_000);
    const ref = await store.putBytes(content);
    expect(ref.sha256).toBe(sha256Of(content));
    // Three that failed, one that looked, one that stored; they may share connections.
    expect(proxy.connections).toBeGreaterThanOrEqual(4);
  });

  it("by a proxy that answers with a web page for a while is waited for, and nothing counts as stored by it", async () => {
    await store.checkReachable();
    const content = randomBytes(1_000);
    const sha256 = sha256Of(content);
    const page = { kind: "answer", status: 200, type: "text/html", body: "<html>Please log in</html>" } as const;
    await proxy.set({ ...page, times: 3 });
    expect(await store.putBytes(content)).toEqual({ sha256, sizeBytes: 1_000 });
    expect(await store.verify(sha256)).toBe("ok");
    await using hasty = await openHere("hasty", { patienceMs: 1 });
    await hasty.checkReachable();
    const where = `s3://${server.bucket}/faults at ${proxy.endpoint}`;
    for (const fault of [page, { ...page, type: "text/plain" }]) {
      await proxy.set(fault);
      await expect(hasty.putBytes(randomBytes(100))).rejects.toMatchObject({
        code: "HR_BLOBS_UNAVAILABLE",
        hint: TRY_LATER,
      });
      await expect(hasty.has(sha256)).rejects.toMatchObject({ code: "HR_BLOBS_UNAVAILABLE" });
      await expect(hasty.missing([sha256])).rejects.toMatchObject({ code: "HR_BLOBS_UNAVAILABLE" });
    }
    await proxy.set(page);
    await expect(hasty.checkReachable()).rejects.toMatchObject({
      message: `cannot list the files in ${where}: a web page came in place of an answer (status 200)`,
    });
  });

  it("by restarting is waited for", async () => {
    await store.checkReachable();
    await server.pause();
    const storing = store.putBytes(Buffer.from("patience"));
    await server.resume();
    expect(await storing).toEqual({ sha256: sha256Of("patience"), sizeBytes: 8 });
  });

  it.each([
    ["cuts downloads", { kind: "cut", afterBytes: 2 * MIB, times: 2 }],
    ["lets downloads hang", { kind: "stall", afterBytes: 3 * MIB, times: 1 }],
  ] as const)("and %s is asked for the rest", async (_, fault) => {
    const content = randomBytes(6 * MIB);
    const { sha256 } = await store.putFile(await output(content), { move: true });
    await proxy.set(fault);
    await using other = await openHere("other", { idleMs: 300 });
    await other.place(sha256, join(root, "placed"), { mode: "share" });
    expect(sha256Of(await readFile(join(root, "placed")))).toBe(sha256);
    await rm(blobPath(join(root, "other"), sha256));
    await proxy.set(fault);
    const chunks = await (await other.read(sha256, { start: 100, end: 5 * MIB })).toArray();
    expect(content.subarray(100, 5 * MIB).equals(Buffer.concat(chunks))).toBe(true);
  });

  it("and cuts each download leaves nothing half-written", async () => {
    const { sha256 } = await store.putFile(await output(randomBytes(3 * MIB)), { move: true });
    await using hasty = await impatient(5_000);
    await proxy.set({ kind: "cut", afterBytes: 100, times: Number.POSITIVE_INFINITY });
    await expect(hasty.place(sha256, join(root, "placed"), { mode: "share" })).rejects.toMatchObject({
      code: "HR_BLOBS_UNAVAILABLE",
      message: `cannot read ${sha256} in s3://${server.bucket}/faults at ${proxy.endpoint}: the connection broke`,
      hint: TRY_LATER,
    });
    expect(await readdir(join(root, "impatient", "incoming"))).toEqual([]);
    expect(await readdir(root)).not.toContain("placed");
  });

  it.each([
    ["of parts", /^PUT .*partNumber=/, 3],
    ["that an upload is complete", /^POST .*uploadId=/, 1],
    ["that an upload may begin", /^POST .*uploads/, 1],
    ["that a small file is stored", /^PUT (?!.*partNumber)/, 1],
  ])("and loses the answer %s is asked again", async (_, only, times) => {
    await proxy.set({ kind: "cut", afterBytes: 0, times, only });
    for (const size of [1_000, 9 * MIB]) {
      const content = randomBytes(size);
      const ref = await store.putFile(await output(content), { move: true });
      expect(await store.verify(ref.sha256)).toBe("ok");
    }
    // Uploads that were begun twice are swept up later.
    expect(await store.removeStale(-60_000)).toBe(only.source.includes("uploads") ? 1 : 0);
  });

  it("and refuses parts stops the upload at once and leaves no part behind", async () => {
    await store.checkReachable();
    const content = randomBytes(24 * MIB);
    const path = await output(content);
    await using hasty = await impatient(5_000);
    await proxy.set({ kind: "cut", afterBytes: 0, times: Number.POSITIVE_INFINITY, only: /^PUT .*partNumber=/ });
    await expect(hasty.putFile(path, { move: true })).rejects.toMatchObject({
      code: "HR_BLOBS_UNAVAILABLE",
      message: `cannot store ${sha256Of(content)} in s3://${server.bucket}/faults at ${proxy.endpoint}: the connection broke`,
    });
    await proxy.set({ kind: "none" });
    expect(await store.removeStale(-60_000)).toBe(0);
    expect(await store.has(sha256Of(content))).toBe(false);
  });

  it("sends nothing twice", async () => {
    const content = randomBytes(5 * MIB);
    const path = await output(content);
    await store.putFile(path, { move: false });
    const before = proxy.receivedBytes;
    await store.putFile(path, { move: false });
    await store.putBytes(content);
    await store.putFiles([path, path]);
    expect(proxy.receivedBytes - before).toBeLessThan(20_000);
  });
});
