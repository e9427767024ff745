import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { type LocalBlobStore, openBlobStore } from "../../../blobs/index.ts";
import { copyFiles } from "./copy-files.ts";

interface Stores extends AsyncDisposable {
  readonly root: string;
  readonly from: LocalBlobStore;
  readonly to: LocalBlobStore;
}

async function openStores(): Promise<Stores> {
  const root = mkdtempSync(join(tmpdir(), "headrace-copy-files-"));
  const from = await openBlobStore({ folder: join(root, "from") });
  const to = await openBlobStore({ folder: join(root, "to") });
  return {
    root,
    from,
    to,
    async [Symbol.asyncDispose]() {
      await from[Symbol.asyncDispose]();
      await to[Symbol.asyncDispose]();
      rmSync(root, { recursive: true });
    },
  };
}

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("copying stored files", () => {
  it("copies each file once, over more than one page, and what is there already not at all", async () => {
    await using stores = await openStores();
    const paths = Array.from({ length: 25 }, (_, index) => {
      const path = join(stores.root, `f${index}`);
      writeFileSync(path, `file ${index}`);
      return path;
    });
    await stores.from.putFiles(paths);
    await stores.to.putBytes(Buffer.from("file 7"));
    const progress: number[] = [];
    expect(await copyFiles(stores.from, stores.to, ({ copied }) => progress.push(copied), 10)).toEqual({
      files: 25,
      copied: 24,
      copiedBytes: paths.reduce((sum, _, index) => sum + `file ${index}`.length, 0) - "file 7".length,
    });
    expect(progress).toEqual(Array.from({ length: 24 }, (_, index) => index + 1));
    expect(await stores.to.verify(sha256Of("file 24"))).toBe("ok");
    expect(await copyFiles(stores.from, stores.to)).toEqual({ files: 25, copied: 0, copiedBytes: 0 });
  });

  it("copies nothing from an empty store", async () => {
    await using stores = await openStores();
    expect(await copyFiles(stores.from, stores.to)).toEqual({ files: 0, copied: 0, copiedBytes: 0 });
  });

  it("copies what was discarded, since a record may refer to it all the same", async () => {
    await using stores = await openStores();
    const { sha256 } = await stores.from.putBytes(Buffer.from("discarded"));
    await stores.from.trash.discard([sha256]);
    expect(await copyFiles(stores.from, stores.to)).toEqual({ files: 1, copied: 1, copiedBytes: 9 });
    expect(await stores.to.verify(sha256)).toBe("ok");
  });

  it("names a file that is damaged, and stores nothing of it", async () => {
    await using stores = await openStores();
    const { sha256 } = await stores.from.putBytes(Buffer.from("good"));
    const damaged = {
      trash: stores.from.trash,
      list: () => stores.from.list(),
      read: async () => Readable.from([Buffer.from("evil")]),
    };
    await expect(copyFiles(damaged, stores.to)).rejects.toMatchObject({
      code: "HR_BLOB_DAMAGED",
      message: expect.stringContaining(sha256),
    });
    expect(await stores.to.has(sha256)).toBe(false);
  });

  it("says what did not arrive, where the new place has lost it", async () => {
    await using stores = await openStores();
    const { sha256 } = await stores.from.putBytes(Buffer.from("a"));
    const forgetful = {
      missing: async (names: Iterable<string>) => [...names],
      putStream: stores.to.putStream.bind(stores.to),
    };
    await expect(copyFiles(stores.from, forgetful)).rejects.toMatchObject({
      code: "HR_BLOB_MISSING",
      message: `the stored file ${sha256} did not arrive in the new place`,
      hint: "nothing was taken away here: check the new place, and try again",
    });
  });
});
