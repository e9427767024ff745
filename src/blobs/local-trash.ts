import { opendirSync, readdirSync, renameSync, statSync, unlinkSync, utimesSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemErrorCode } from "../errors.ts";
import { blobPath, shelfPath } from "./blob-path.ts";
import type { BlobTrash, DatedBlob } from "./blob-trash.ts";
import { isSha256 } from "./sha256.ts";
import { syncFile } from "./sync-to-disk.ts";

/** Synchronous calls between two turns of the event loop: some milliseconds. */
const CHUNK = 500;

/**
 * `<folder>/trash/abcdef…`. Both ways are one rename each, so a content is always in one of the two places, whatever
 * happens at the same time; the access time tells since when it is here.
 */
export class LocalTrash implements BlobTrash {
  readonly #folder: string;
  readonly #now: () => number;

  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
  }

  async discard(sha256s: readonly string[]): Promise<void> {
    await mkdir(join(this.#folder, "trash"), { recursive: true });
    await inChunks(sha256s, (sha256) => {
      const path = blobPath(this.#folder, sha256);
      passOver("ENOENT", () => {
        // Before the rename: killed in between, it must not look as if it had been here for years.
        utimesSync(path, this.#now() / 1000, statSync(path).mtime);
        renameSync(path, this.#pathOf(sha256));
      });
    });
  }

  async *list(): AsyncGenerator<DatedBlob> {
    const folder = join(this.#folder, "trash");
    for (const sha256 of await namesIn(folder)) {
      const stats = isSha256(sha256) ? statSync(join(folder, sha256), { throwIfNoEntry: false }) : undefined;
      if (stats !== undefined) yield { sha256, sizeBytes: stats.size, since: Math.max(stats.atimeMs, stats.ctimeMs) };
    }
  }

  async restore(sha256: string): Promise<boolean> {
    const target = blobPath(this.#folder, sha256);
    const shelf = shelfPath(this.#folder, sha256);
    try {
      await mkdir(shelf, { recursive: true });
      await rename(this.#pathOf(sha256), target);
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return false;
      throw error;
    }
    await syncFile(shelf);
    return true;
  }

  async empty(sha256s: readonly string[]): Promise<void> {
    await inChunks(sha256s, (sha256) => passOver("ENOENT", () => unlinkSync(this.#pathOf(sha256))));
  }

  /** Most stores have an empty one, and then a missing content costs no further look. */
  async isEmpty(): Promise<boolean> {
    try {
      // Not readdir: it may hold a hundred thousand. Asked before every step, and not worth three ways to another
      // thread.
      using folder = opendirSync(join(this.#folder, "trash"));
      return folder.readSync() === null;
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return true;
      throw error;
    }
  }

  async names(): Promise<ReadonlySet<string>> {
    return new Set(await namesIn(join(this.#folder, "trash")));
  }

  #pathOf(sha256: string): string {
    return join(this.#folder, "trash", sha256);
  }
}

/**
 * Lists what is stored, shelf by shelf. The later of both times counts: a moved file keeps its own time of change, its
 * inode does not.
 */
export async function* datedBlobs(folder: string): AsyncGenerator<DatedBlob> {
  const shelves = join(folder, "sha256");
  for (const shelf of (await readdir(shelves)).sort()) {
    const found: DatedBlob[] = [];
    // Synchronous calls are five times as fast here, and a shelf is a few thousand names.
    for (const sha256 of passOver("ENOTDIR", () => readdirSync(join(shelves, shelf))) ?? []) {
      const stats = isSha256(sha256) ? statSync(blobPath(folder, sha256), { throwIfNoEntry: false }) : undefined;
      if (stats?.isFile() === true)
        found.push({ sha256, sizeBytes: stats.size, since: Math.max(stats.mtimeMs, stats.ctimeMs) });
    }
    yield* found.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
    await nextTurn();
  }
}

async function inChunks(sha256s: readonly string[], each: (sha256: string) => void): Promise<void> {
  for (let start = 0; start < sha256s.length; start += CHUNK) {
    sha256s.slice(start, start + CHUNK).forEach(each);
    await nextTurn();
  }
}

function passOver<T>(code: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (systemErrorCode(error) === code) return undefined;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
