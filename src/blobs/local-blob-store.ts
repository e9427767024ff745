import { link, lstat, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { batches, inSlices, settleAll } from "../concurrency/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";
import { blobDamaged, blobMissing, blobResized, fileExists, sayingDiskFull, storedDamaged } from "./blob-errors.ts";
import { blobPath } from "./blob-path.ts";
import type { BlobRef, BlobStore, CopyPlacement, PlaceOptions, PutFileOptions, PutOutcome } from "./blob-store.ts";
import type { BlobOwner, DatedBlob } from "./blob-trash.ts";
import { findMissing, findResized, isLightWork, type Placement, placeCopies } from "./bulk-files.ts";
import { CheckedFiles } from "./checked-files.ts";
import { FileWorkers } from "./file-workers.ts";
import { ReadFailure } from "./hash-file.ts";
import { BATCH, Intake, NO_LINK } from "./intake.ts";
import { addOwner, readOwners, removeOwner } from "./local-owners.ts";
import { datedBlobs, LocalTrash } from "./local-trash.ts";
import { sha256Of } from "./sha256.ts";

export interface LocalBlobStore extends BlobStore, AsyncDisposable {
  readonly folder: string;
  /**
   * Removes what interrupted calls left half-written; returns how many files. Choose an age beyond the longest
   * download. Younger files go where `isDead` knows of their label that nobody works on them any more.
   */
  removeStale(olderThanMs: number, isDead?: (label: string) => Promise<boolean>): Promise<number>;
}

export interface LocalBlobStoreOptions {
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /**
   * The label of whoever works here: it stands in the names of half-written files, so that another process may tell
   * that they were abandoned.
   */
  readonly label?: string;
}

/**
 * Blobs on this machine's disk:
 *
 *     <folder>/sha256/ab/abcdef…   whole, synced, mode 0444; its inode is shared with nothing that anyone may write to
 *     <folder>/incoming/           under way
 *     <folder>/checked             which large ones were found whole, and when they were last written then
 *     <folder>/trash/abcdef…       what nothing seems to refer to, until it is deleted (local-trash.ts)
 *     <folder>/owners/ID           the databases that refer to the contents
 */
export async function openBlobStore(options: LocalBlobStoreOptions): Promise<LocalBlobStore> {
  await sayingDiskFull(`opening ${options.folder}`, async () => {
    makeFolder(join(options.folder, "sha256"));
    await mkdir(join(options.folder, "incoming"), { recursive: true });
  });
  return new DiskBlobs(options.folder, options.now ?? Date.now, options.label);
}

const READ_BYTES = 256 * 1024;
/** Looking at so many files takes less time than starting a thread for it (40 to 60 ms). */
const FEW = 4096;

class DiskBlobs implements LocalBlobStore {
  readonly folder: string;
  readonly trash: LocalTrash;
  readonly #now: () => number;
  readonly #workers = new FileWorkers();
  readonly #intake: Intake;
  readonly #checked: CheckedFiles;

  constructor(folder: string, now: () => number, label: string | undefined) {
    this.folder = folder;
    this.#now = now;
    this.trash = new LocalTrash(folder, now);
    this.#checked = new CheckedFiles(folder);
    this.#intake = new Intake(folder, this.#workers, {
      label: label ?? "",
      onPublished: (sha256) => this.#checked.note(sha256, blobPath(folder, sha256)),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#workers[Symbol.asyncDispose]();
  }

  putFile(path: string, { move, onStored }: PutFileOptions): Promise<BlobRef> {
    return sayingDiskFull(`storing ${path}`, async () => {
      if (move) return await this.#intake.move(path, onStored);
      const ref = await this.#intake.copy(path);
      await onStored?.(ref);
      return ref;
    });
  }

  putFiles(paths: readonly string[]): Promise<readonly PutOutcome[]> {
    return sayingDiskFull(`storing ${countFiles(paths)}`, () => this.#intake.copyMany(paths));
  }

  putBytes(bytes: Uint8Array): Promise<BlobRef> {
    return this.putStream(Readable.from([bytes]));
  }

  putStream(stream: Readable, options: { readonly expectedSha256?: string } = {}): Promise<BlobRef> {
    const expected = options.expectedSha256;
    return sayingDiskFull("storing a stream", () =>
      this.#intake.stream(stream, ({ sha256 }) => {
        if (expected !== undefined && expected !== sha256) throw blobDamaged(expected, sha256);
      }),
    );
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.size(sha256)) !== undefined;
  }

  async missing(sha256s: Iterable<string>): Promise<readonly string[]> {
    const { folder } = this;
    const all = [...sha256s];
    const lacking =
      all.length <= FEW
        ? await inSlices(all, BATCH, (sha256s) => findMissing({ sha256s, folder }))
        : (
            await Promise.all(
              batches(all, FEW).map((batch) => this.#workers.run("missing", { sha256s: batch, folder })),
            )
          ).flat();
    if (lacking.length === 0 || (await this.trash.isEmpty())) return lacking;
    const discarded = await this.trash.names();
    const missing: string[] = [];
    for (const sha256 of lacking) if (!discarded.has(sha256) || !(await this.has(sha256))) missing.push(sha256);
    return missing;
  }

  async resized(refs: readonly BlobRef[]): Promise<readonly string[]> {
    const { folder } = this;
    if (refs.length <= FEW) return await inSlices(refs, BATCH, (slice) => findResized({ refs: slice, folder }));
    return (
      await Promise.all(batches(refs, FEW).map((batch) => this.#workers.run("resized", { refs: batch, folder })))
    ).flat();
  }

  async size(sha256: string): Promise<number | undefined> {
    try {
      return (await this.#stored(sha256, (path) => stat(path))).size;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async read(
    sha256: string,
    range: { readonly start: number; readonly end?: number } = { start: 0 },
  ): Promise<Readable> {
    const handle = await this.#stored(sha256, (path) => open(path, "r"));
    if (range.end === undefined) return handle.createReadStream({ start: range.start, highWaterMark: READ_BYTES });
    if (range.end > range.start)
      return handle.createReadStream({ start: range.start, end: range.end - 1, highWaterMark: READ_BYTES });
    await handle.close();
    return Readable.from([]);
  }

  async readBytes(sha256: string): Promise<Uint8Array> {
    const bytes = await this.#stored(sha256, (path) => readFile(path));
    const found = sha256Of(bytes);
    if (found !== sha256) throw blobDamaged(sha256, found);
    return bytes;
  }

  place(sha256: string, target: string, options: PlaceOptions): Promise<void> {
    return sayingDiskFull(`writing ${target}`, async () => {
      // Looked at first, as it takes microseconds and says more than that the hash is another.
      const size = options.sizeBytes === undefined ? undefined : await this.size(sha256);
      if (options.sizeBytes !== undefined && size !== undefined && size !== options.sizeBytes) {
        throw blobResized(sha256, size, options.sizeBytes);
      }
      await this.#place(sha256, target, options);
    });
  }

  async #place(sha256: string, target: string, options: PlaceOptions): Promise<void> {
    const executable = options.executable === true;
    await mkdir(dirname(target), { recursive: true });
    // The x bits stand in the inode, which all links share: an executable one is a copy.
    if (options.mode === "share" && !executable && (await this.#link(sha256, target))) {
      await this.#requireWhole(sha256, target);
      return;
    }
    const writable = options.mode === "copy" ? 0o200 : 0;
    await this.#placeAll([{ sha256, target, mode: (executable ? 0o555 : 0o444) | writable }]);
  }

  /** A copy is hashed on the way; a link is looked at where nobody has done so since the file was last written. */
  async #requireWhole(sha256: string, target: string): Promise<void> {
    try {
      if (await this.#checked.isWhole(sha256, target, () => this.#intake.hash(target))) return;
    } catch (error) {
      await rm(target, { force: true });
      throw error instanceof ReadFailure ? storedDamaged(sha256, `it cannot be read (${error.code})`) : error;
    }
    await rm(target, { force: true });
    throw storedDamaged(sha256, "its bytes have changed");
  }

  async placeCopies(placements: readonly CopyPlacement[]): Promise<void> {
    const withModes = placements.map(({ sha256, target, executable }) => ({
      sha256,
      target,
      mode: executable ? 0o755 : 0o644,
    }));
    await sayingDiskFull(`writing ${countFiles(placements)}`, () => this.#placeAll(withModes));
  }

  async verify(sha256: string): Promise<"ok" | "missing" | "damaged"> {
    try {
      return (await this.#stored(sha256, (path) => this.#intake.hash(path))).sha256 === sha256 ? "ok" : "damaged";
    } catch (error) {
      if (isMissing(error)) return "missing";
      const code = systemErrorCode(error);
      // A file that the disk can no longer read is as good as overwritten.
      if (code === "EIO") return "damaged";
      throw error;
    }
  }

  async *list(): AsyncGenerator<BlobRef> {
    for await (const { sha256, sizeBytes } of this.listDated()) yield { sha256, sizeBytes };
  }

  listDated(): AsyncGenerator<DatedBlob> {
    return datedBlobs(this.folder);
  }

  owners(): Promise<readonly BlobOwner[]> {
    return readOwners(this.folder);
  }

  addOwner(owner: BlobOwner): Promise<void> {
    return addOwner(this.folder, owner);
  }

  removeOwner(id: string): Promise<void> {
    return removeOwner(this.folder, id);
  }

  async delete(sha256: string): Promise<void> {
    await rm(blobPath(this.folder, sha256), { force: true });
  }

  async removeStale(olderThanMs: number, isDead?: (label: string) => Promise<boolean>): Promise<number> {
    const incoming = join(this.folder, "incoming");
    let removed = 0;
    for (const name of await readdir(incoming)) {
      const path = join(incoming, name);
      const stats = await orUndefined(lstat(path));
      if (stats === undefined) continue;
      // A file that was moved in keeps its old mtime; the move itself shows in ctime.
      const isOld = this.#now() - Math.max(stats.mtimeMs, stats.ctimeMs) > olderThanMs;
      const label = name.slice(0, Math.max(0, name.lastIndexOf(".")));
      if (!isOld && (label === "" || (await isDead?.(label)) !== true)) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }

  async #placeAll(placements: readonly Placement[]): Promise<void> {
    const { folder } = this;
    if (!(await this.trash.isEmpty())) await this.missing(new Set(placements.map(({ sha256 }) => sha256)));
    if (isLightWork(placements.map(({ sha256 }) => blobPath(folder, sha256)))) {
      placeCopies({ placements, folder });
      return;
    }
    const jobs = batches(placements, BATCH).map((batch) => this.#workers.run("place", { placements: batch, folder }));
    const { failure } = await settleAll(jobs);
    if (failure !== undefined) throw failure.reason;
  }

  /** Does something with a stored file, which comes back from the trash if need be. */
  async #stored<T>(sha256: string, work: (path: string) => Promise<T>): Promise<T> {
    const path = blobPath(this.folder, sha256);
    for (let tries = 1; ; tries += 1) {
      try {
        return await work(path);
      } catch (error) {
        if (systemErrorCode(error) !== "ENOENT") throw error;
      }
      // When it is in neither place, somebody may just have carried it from one to the other: then the second look
      // finds it.
      if (!(await this.trash.restore(sha256)) && tries > 1) throw blobMissing(sha256);
    }
  }

  /** False where a link is not to be had. */
  async #link(sha256: string, target: string): Promise<boolean> {
    try {
      await this.#stored(sha256, (path) => link(path, target));
      return true;
    } catch (error) {
      const code = systemErrorCode(error) ?? "";
      if (code === "EEXIST") throw fileExists(target);
      if (NO_LINK.has(code)) return false;
      throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof HeadraceError && error.code === "HR_BLOB_MISSING";
}

function countFiles(files: readonly unknown[]): string {
  return files.length === 1 ? "one file" : `${files.length} files`;
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
