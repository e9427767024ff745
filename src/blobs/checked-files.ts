import { type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { type DigestCache, openDigestCache } from "./digest-cache.ts";

/** From this size on, what was found is remembered for other processes as well: hashing 64 MiB takes 50 ms. */
const LARGE_BYTES = 64 * 1024 * 1024;
/** Stored files are written by Headrace alone, and never through a mapping. */
const OWN_FILES = { settledMs: 2_000, silentDevices: new Set<number>() };
/** As many as are kept in mind, some 20 MB; then it begins anew. */
const MOST = 100_000;

/**
 * Remembers the stored files that were read and found whole, so that a file that many steps receive is read once and
 * not by every start of a step. Believed while inode, size and time of the last write are the same; the number of
 * links, and with it the time of the last change, may differ.
 */
export class CheckedFiles {
  readonly #file: string;
  readonly #seen = new Map<string, string>();
  #cache: DigestCache | undefined;

  /** The facts remembered of large files lie in `checked` of the folder; losing them costs time only. */
  constructor(folder: string) {
    this.#file = join(folder, "checked");
  }

  /** It is whole, as whoever has just written or read it knows. */
  note(sha256: string, path: string): void {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (this.#seen.size >= MOST) this.#seen.clear();
    this.#seen.set(sha256, identityOf(stats));
  }

  /** Returns true if the file is whole; `hash` is called only if nobody has looked since it was last written. */
  async isWhole(sha256: string, path: string, hash: () => Promise<{ readonly sha256: string }>): Promise<boolean> {
    const stats = statSync(path);
    if (this.#seen.get(sha256) === identityOf(stats)) return true;
    const isLarge = stats.size >= LARGE_BYTES;
    if (!(isLarge && this.#large().find(sha256, { ...stats, ctimeMs: 0 }) !== undefined)) {
      const at = Date.now();
      if ((await hash()).sha256 !== sha256) return false;
      if (isLarge) this.#remember(sha256, stats, at);
    }
    this.note(sha256, path);
    return true;
  }

  #large(): DigestCache {
    this.#cache ??= openDigestCache(this.#file, OWN_FILES);
    return this.#cache;
  }

  /** Opened anew, so that processes side by side do not undo what the others have saved. */
  #remember(sha256: string, stats: Stats, at: number): void {
    this.#cache = openDigestCache(this.#file, OWN_FILES);
    this.#cache.record(sha256, { ...stats, ctimeMs: 0 }, sha256, at);
    this.#cache.save("", { keepOthers: true });
  }
}

function identityOf({ ino, size, mtimeMs }: Stats): string {
  return `${ino}:${size}:${mtimeMs}`;
}
