import { createHash, randomUUID } from "node:crypto";
import { chmod, link, lstat, open, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { batches, settleAll } from "../concurrency/index.ts";
import { systemErrorCode } from "../errors.ts";
import { faultPoint } from "../fault-point.ts";
import { fileChanged, notRegular } from "./blob-errors.ts";
import type { BlobRef, PutFileOptions, PutOutcome } from "./blob-store.ts";
import { isLightWork, isStored, type Landed, publish, type StoredCopy, storeCopies } from "./bulk-files.ts";
import type { FileWorkers } from "./file-workers.ts";
import { copyAndHash, hashFile, SMALL_FILE_BYTES } from "./hash-file.ts";
import { syncFile, syncFiles } from "./sync-to-disk.ts";

/** Files per job of a worker: some tens of milliseconds, so that the threads share the work evenly. */
export const BATCH = 256;
/**
 * Errors of a hard link that cannot be had although both files are fine: other file system, too many links, links not
 * known or not allowed.
 */
export const NO_LINK: ReadonlySet<string> = new Set([
  "EXDEV",
  "EMLINK",
  "EPERM",
  "EACCES",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
]);

/**
 * The way into a store on disk: a temporary name in `incoming`, bytes synced, then the final name. Killed at any point,
 * it leaves either nothing or the whole blob under its name, and a file that was to be moved stays in its place until
 * the blob is there.
 */
export class Intake {
  readonly #folder: string;
  readonly #workers: FileWorkers;
  readonly #label: string;
  readonly #onPublished: (sha256: string) => void;

  /** Temporary names begin with the label. `onPublished` hears of each content that has just come in, whole. */
  constructor(
    folder: string,
    workers: FileWorkers,
    options: { readonly label: string; readonly onPublished: (sha256: string) => void },
  ) {
    this.#folder = folder;
    this.#workers = workers;
    this.#label = options.label;
    this.#onPublished = options.onPublished;
  }

  stream(stream: Readable, check: (ref: BlobRef) => void): Promise<BlobRef> {
    return this.#land(async (aside) => {
      const ref = await writeStream(stream, aside);
      check(ref);
      return ref;
    });
  }

  copy(path: string): Promise<BlobRef> {
    return this.#land(async (target) => {
      const job = { source: path, target };
      return (await stat(path)).size < SMALL_FILE_BYTES ? copyAndHash(job) : this.#workers.run("copy", job);
    });
  }

  async move(path: string, onStored?: PutFileOptions["onStored"]): Promise<BlobRef> {
    const stats = await lstat(path);
    if (!stats.isFile()) throw notRegular(path);
    if (stats.nlink > 1) return this.#moveLinked(path, onStored);
    const aside = this.#newAside();
    try {
      await link(path, aside);
    } catch (error) {
      const code = systemErrorCode(error) ?? "";
      if (!NO_LINK.has(code)) throw error;
      return this.#moveUnlinkable(path, aside, onStored);
    }
    return this.#adopt(path, aside, onStored);
  }

  async copyMany(paths: readonly string[]): Promise<readonly PutOutcome[]> {
    const { done, failure } = await settleAll(this.#store(paths));
    const outcomes = done.flat();
    const landed = outcomes.flatMap((outcome): readonly Landed[] =>
      typeof outcome === "string" || outcome.aside === undefined ? [] : [{ aside: outcome.aside, ref: outcome.ref }],
    );
    try {
      if (failure !== undefined) throw failure.reason;
      await syncFiles(
        join(this.#folder, "incoming"),
        landed.map(({ aside }) => aside),
      );
      await this.#publish(landed);
    } catch (error) {
      for (const { aside } of landed) await rm(aside, { force: true });
      throw error;
    }
    return outcomes.map((outcome) => (typeof outcome === "string" ? outcome : outcome.ref));
  }

  /** By its bytes, not by its name alone. */
  async #isStored(ref: BlobRef): Promise<boolean> {
    const job = { folder: this.#folder, ref };
    return ref.sizeBytes < SMALL_FILE_BYTES ? isStored(job) : this.#workers.run("stored", job);
  }

  /** Hashes a file where that is quickest. */
  async hash(path: string): Promise<BlobRef> {
    return (await stat(path)).size < SMALL_FILE_BYTES ? hashFile({ path }) : this.#workers.run("hash", { path });
  }

  /** Fills a temporary file by `fill`, then makes it a blob; whatever fails, the temporary file is gone. */
  async #land(fill: (aside: string) => Promise<BlobRef>): Promise<BlobRef> {
    const aside = this.#newAside();
    try {
      const ref = await fill(aside);
      await chmod(aside, 0o444);
      await syncFile(aside);
      await this.#publish([{ aside, ref }]);
      return ref;
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  }

  /** Makes the file itself the blob: `aside` is its second name, which nobody else can point at another file. */
  async #adopt(path: string, aside: string, onStored: PutFileOptions["onStored"]): Promise<BlobRef> {
    const { mode } = await lstat(aside);
    try {
      await chmod(aside, 0o444);
      // Side by side: while one core hashes, the disk writes what is still in memory.
      const [ref] = await Promise.all([this.hash(aside), syncFile(aside)]);
      const [mine, theirs] = [await lstat(aside), await lstat(path)];
      if (theirs.ino !== mine.ino || mine.nlink !== 2) throw fileChanged(path);
      await this.#publish([{ aside, ref }]);
      await onStored?.(ref);
      await unlink(path);
      return ref;
    } catch (error) {
      await chmod(aside, mode & 0o777).catch(() => {});
      await rm(aside, { force: true });
      throw error;
    }
  }

  /**
   * The inode has another name: perhaps a blob's own, perhaps one that somebody may write to. It is never adopted as it
   * is.
   */
  async #moveLinked(path: string, onStored: PutFileOptions["onStored"]): Promise<BlobRef> {
    const known = await this.hash(path);
    const ref = (await this.#isStored(known)) ? known : await this.copy(path);
    await onStored?.(ref);
    await unlink(path);
    return ref;
  }

  /** Another file system, or one without hard links. */
  async #moveUnlinkable(path: string, aside: string, onStored: PutFileOptions["onStored"]): Promise<BlobRef> {
    // Renamed, the file would be nowhere until it is published: a caller that notes what becomes of it gets a copy
    // instead.
    if (onStored !== undefined) return this.#copyAndRemove(path, onStored);
    try {
      await rename(path, aside);
    } catch (error) {
      if (systemErrorCode(error) !== "EXDEV") throw error;
      return this.#copyAndRemove(path, onStored);
    }
    try {
      await chmod(aside, 0o444);
      const [ref] = await Promise.all([this.hash(aside), syncFile(aside)]);
      await this.#publish([{ aside, ref }]);
      return ref;
    } catch (error) {
      await rename(aside, path);
      throw error;
    }
  }

  async #copyAndRemove(path: string, onStored: PutFileOptions["onStored"]): Promise<BlobRef> {
    const ref = await this.copy(path);
    await onStored?.(ref);
    await unlink(path);
    return ref;
  }

  #store(paths: readonly string[]): readonly Promise<readonly (StoredCopy | Exclude<PutOutcome, BlobRef>)[]>[] {
    const prefix = this.#newAside();
    const folder = this.#folder;
    if (isLightWork(paths)) return [(async () => storeCopies({ paths, folder, asidePrefix: prefix }))()];
    return batches(paths, BATCH).map((batch, index) =>
      this.#workers.run("store", { paths: batch, folder, asidePrefix: `${prefix}-${index}` }),
    );
  }

  async #publish(landed: readonly Landed[]): Promise<void> {
    faultPoint("blob-aside");
    const touched = new Set<string>();
    for (const batch of batches(landed, BATCH)) {
      for (const one of batch) {
        publish(one, this.#folder, touched);
        this.#onPublished(one.ref.sha256);
      }
      await nextTurn();
    }
    await syncFiles(this.#folder, [...touched]);
    faultPoint("blob-published");
  }

  #newAside(): string {
    return join(this.#folder, "incoming", `${this.#label}.${randomUUID()}`);
  }
}

async function writeStream(stream: Readable, aside: string): Promise<BlobRef> {
  const handle = await open(aside, "wx", 0o600);
  try {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for await (const chunk of stream) {
      const bytes: Uint8Array = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      hash.update(bytes);
      for (let written = 0; written < bytes.length; ) written += (await handle.write(bytes, written)).bytesWritten;
      sizeBytes += bytes.length;
    }
    return { sha256: hash.digest("hex"), sizeBytes };
  } finally {
    await handle.close();
  }
}
