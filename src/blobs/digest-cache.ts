import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, type Stats, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { BlobRef } from "./blob-store.ts";
import { type Digests, decodeDigests, encodeDigests, type KnownDigest } from "./digest-file.ts";
import { removeIfThere } from "./hash-file.ts";
import { silentDevicesHere } from "./silent-devices.ts";

/** The facts of a file that tell a changed one from an unchanged one. */
type FileFacts = Pick<Stats, "size" | "mtimeMs" | "ctimeMs" | "ino"> & { readonly dev?: number };

/**
 * Remembers the content that a path had when it was last read, so that an unchanged file is not read again: believed as
 * long as size, times and inode are the same. Only a cache: a damaged file is an empty one, and losing it costs time
 * alone.
 */
export interface DigestCache {
  /** The note that `save` was told last. */
  readonly note: string;
  find(path: string, stats: FileFacts): BlobRef | undefined;
  /** `stats` as they were before the file was read, `readAtMs` no later than that. */
  record(path: string, stats: FileFacts, sha256: string, readAtMs: number): void;
  /** Writes what was found or recorded since the cache was opened; with `keepOthers` also what was not asked for. */
  save(note: string, options: { readonly keepOthers: boolean }): void;
}

/**
 * A file that was touched just before it was read is not believed to be unchanged later. Two writes within the same
 * tick of a file system's clock leave the same times (FAT's ticks every two seconds). And a write through a mapping
 * (numpy.memmap) leaves a sign only at the first touch of a page since the kernel last wrote that page out, which it
 * does within 35 seconds.
 */
const SETTLED_MS = 60_000;

export interface DigestCacheOptions {
  /** Time for which a file must have been left alone before it was read. */
  readonly settledMs?: number;
  /** Devices on which a file may change without a sign, so that nothing on them is believed. */
  readonly silentDevices?: ReadonlySet<number>;
}

/** Reads the cache; a file that is absent or unreadable is an empty cache. */
export function openDigestCache(file: string, options: DigestCacheOptions = {}): DigestCache {
  return new DigestFile(file, options);
}

class DigestFile implements DigestCache {
  readonly note: string;
  readonly #file: string;
  readonly #known: Map<string, KnownDigest>;
  readonly #kept = new Map<string, KnownDigest>();
  readonly #settledMs: number;
  #silent: ReadonlySet<number> | undefined;
  #changed = false;

  constructor(file: string, { settledMs = SETTLED_MS, silentDevices }: DigestCacheOptions) {
    this.#settledMs = settledMs;
    this.#silent = silentDevices;
    const digests = readDigests(file);
    this.#file = file;
    this.#known = digests.known;
    this.note = digests.note;
  }

  find(path: string, stats: FileFacts): BlobRef | undefined {
    const known = this.#known.get(path);
    if (known === undefined || !isSame(known, stats) || this.#isSilent(stats)) return undefined;
    this.#kept.set(path, known);
    return { sha256: known.sha256, sizeBytes: known.size };
  }

  record(path: string, stats: FileFacts, sha256: string, readAtMs: number): void {
    if (Math.max(stats.mtimeMs, stats.ctimeMs) > readAtMs - this.#settledMs || this.#isSilent(stats)) {
      this.#kept.delete(path);
      this.#changed ||= this.#known.delete(path);
      return;
    }
    const { size, mtimeMs, ctimeMs, ino } = stats;
    this.#kept.set(path, { size, mtimeMs, ctimeMs, ino, sha256 });
    this.#changed = true;
  }

  #isSilent({ dev }: FileFacts): boolean {
    this.#silent ??= silentDevicesHere();
    return dev !== undefined && this.#silent.has(dev);
  }

  save(note: string, options: { readonly keepOthers: boolean }): void {
    const entries = options.keepOthers ? new Map([...this.#known, ...this.#kept]) : this.#kept;
    if (!this.#changed && note === this.note && entries.size === this.#known.size) return;
    const aside = `${this.#file}.${randomUUID()}`;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      // Not synced: after a power cut the checksum tells a torn file from a whole one.
      writeFileSync(aside, encodeDigests({ known: entries, note }));
      renameSync(aside, this.#file);
    } catch {
      // A full or read-only disk: what matters fails by itself, and the next run merely reads more files.
      removeIfThere(aside);
    }
  }
}

function isSame(known: KnownDigest, stats: FileFacts): boolean {
  return (
    known.size === stats.size &&
    known.mtimeMs === stats.mtimeMs &&
    known.ctimeMs === stats.ctimeMs &&
    known.ino === stats.ino
  );
}

function readDigests(file: string): Digests {
  try {
    return decodeDigests(readFileSync(file)) ?? { known: new Map(), note: "" };
  } catch {
    return { known: new Map(), note: "" };
  }
}
