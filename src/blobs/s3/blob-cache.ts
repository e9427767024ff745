import { readdirSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Semaphore, settleAll } from "../../concurrency/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { blobPath } from "../blob-path.ts";
import type { BlobRef } from "../blob-store.ts";
import { type LocalBlobStore, openBlobStore } from "../local-blob-store.ts";
import { isSha256 } from "../sha256.ts";

export interface BlobCacheOptions {
  readonly folder: string;
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly fetch: (sha256: string) => Promise<Readable>;
}

/**
 * Backup programs know this file and leave such a folder out (bford.info/cachedir). Its first line is what they look
 * for.
 */
const TAG = "CACHEDIR.TAG";
const TAG_TEXT =
  "Signature: 8a477f597d28d172789f06886806bc55\n# Copies of what lies in Headrace's blob store; may be deleted while no Headrace runs.\n";
/** Another process may be about to link what it has just asked for. */
const IN_USE_MS = 2 * 60_000;
/** Down to this share of the bound, so that not each new file sets off a search for the oldest. */
const KEEP_SHARE = 0.9;
const DOWNLOADS = 16;

interface Entry extends BlobRef {
  readonly usedAt: number;
}

/**
 * Copies of blobs on this machine's disk, the least recently used of which go when there are too many bytes. The time
 * of use is the file's access time, set by us (mount options keep the kernel from it), so that processes share it and
 * nothing needs to be written besides.
 */
export class BlobCache implements AsyncDisposable {
  readonly local: LocalBlobStore;
  readonly #options: BlobCacheOptions;
  readonly #pins = new Map<string, number>();
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #downloads = new Semaphore(DOWNLOADS);
  /** The bytes that it is thought to hold; NaN until the first look. */
  #bytes = Number.NaN;
  #trimAbove: number;
  #trimming: Promise<void> | undefined;

  static async open(options: BlobCacheOptions): Promise<BlobCache> {
    await claim(options.folder);
    return new BlobCache(await openBlobStore({ folder: options.folder, now: options.now }), options);
  }

  private constructor(local: LocalBlobStore, options: BlobCacheOptions) {
    this.local = local;
    this.#options = options;
    this.#trimAbove = options.maxBytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#trimming?.catch(() => {});
    await this.local[Symbol.asyncDispose]();
  }

  pathOf(sha256: string): string {
    return blobPath(this.local.folder, sha256);
  }

  /** Does the work while all of these lie in the cache, and none is removed by us. */
  async holding<T>(sha256s: readonly string[], work: () => Promise<T>): Promise<T> {
    const names = [...new Set(sha256s)];
    for (const name of names) this.#pins.set(name, (this.#pins.get(name) ?? 0) + 1);
    try {
      const { failure } = await settleAll(names.map((name) => this.#ensure(name)));
      if (failure !== undefined) throw failure.reason;
      return await work();
    } finally {
      for (const name of names) this.#unpin(name);
      await this.trim();
    }
  }

  /** Returns true if it is here; if so, it counts as used now. */
  async use(sha256: string): Promise<boolean> {
    const path = this.pathOf(sha256);
    try {
      const { mtime } = await stat(path);
      await utimes(path, this.#options.now() / 1000, mtime);
      return true;
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return false;
      throw error;
    }
  }

  /** To be told of what came in other than by a fetch. */
  added(ref: BlobRef): void {
    this.#bytes += ref.sizeBytes;
  }

  /** Removes what was not used for the longest time, if there is too much. */
  async trim(): Promise<void> {
    if (this.#bytes <= this.#trimAbove) return;
    this.#trimming ??= this.#removeOldest().finally(() => {
      this.#trimming = undefined;
    });
    await this.#trimming;
  }

  async #ensure(sha256: string): Promise<void> {
    if (await this.use(sha256)) return;
    const running = this.#fetching.get(sha256);
    if (running !== undefined) return running;
    const fetching = this.#downloads
      .hold(1, async () => {
        const body = await this.#options.fetch(sha256);
        this.added(await this.local.putStream(body, { expectedSha256: sha256 }));
      })
      .finally(() => this.#fetching.delete(sha256));
    this.#fetching.set(sha256, fetching);
    return fetching;
  }

  #unpin(sha256: string): void {
    const pins = (this.#pins.get(sha256) ?? 0) - 1;
    if (pins > 0) this.#pins.set(sha256, pins);
    else this.#pins.delete(sha256);
  }

  async #removeOldest(): Promise<void> {
    const { maxBytes, now } = this.#options;
    const entries = await this.#entries();
    let bytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (bytes > maxBytes) {
      const removable = entries.filter(({ sha256, usedAt }) => !this.#pins.has(sha256) && usedAt <= now() - IN_USE_MS);
      for (const { sha256, sizeBytes } of removable.sort((a, b) => a.usedAt - b.usedAt)) {
        if (bytes <= maxBytes * KEEP_SHARE) break;
        // It may have been pinned since.
        if (this.#pins.has(sha256)) continue;
        await this.local.delete(sha256);
        bytes -= sizeBytes;
      }
    }
    this.#bytes = bytes;
    // If all is in use, the next look is due when a good deal more has come.
    this.#trimAbove = Math.max(maxBytes, bytes + maxBytes * (1 - KEEP_SHARE));
  }

  async #entries(): Promise<readonly Entry[]> {
    const shelves = join(this.local.folder, "sha256");
    const entries: Entry[] = [];
    for (const shelf of await readdir(shelves)) {
      // One shelf at a time: the synchronous calls are five times as fast.
      for (const sha256 of readdirSync(join(shelves, shelf))) {
        const stats = isSha256(sha256) ? statSync(this.pathOf(sha256), { throwIfNoEntry: false }) : undefined;
        if (stats !== undefined) entries.push({ sha256, sizeBytes: stats.size, usedAt: stats.atimeMs });
      }
      await nextTurn();
    }
    return entries;
  }
}

/**
 * Makes the folder a cache; one that holds blobs and is none is a store of its own, of which nothing may be thrown
 * away.
 */
async function claim(folder: string): Promise<void> {
  const tag = join(folder, TAG);
  if ((await readFile(tag, "utf8").catch(() => "")).startsWith(TAG_TEXT.slice(0, TAG_TEXT.indexOf("\n")))) return;
  const shelves = await readdir(join(folder, "sha256")).catch(() => []);
  if (shelves.length > 0) {
    throw new HeadraceError("HR_BLOBS_UNAVAILABLE", `${folder} holds stored files and is not a cache`, {
      hint: [
        "choose another folder for the cache; ",
        { do: "read-manual", page: "s3" },
        " tells how to move stored files to S3",
      ],
    });
  }
  await mkdir(folder, { recursive: true });
  await writeFile(tag, TAG_TEXT);
}
