import type { Stats } from "node:fs";
import { type BlobRef, type BlobStore, type DigestCache, unreadableCode } from "../blobs/index.ts";
import { type Backoff, backoffMs, pause } from "../concurrency/index.ts";
import { HeadraceError } from "../errors.ts";
import { systemErrorWords } from "../system-failure.ts";
import { type FoundFile, lookAt } from "./find-entries.ts";
import type { ManifestFile } from "./manifest.ts";
import type { Warnings } from "./working-tree.ts";

export interface StoreFilesOptions {
  readonly root: string;
  readonly blobs: Pick<BlobStore, "missing" | "putFiles">;
  readonly digests: DigestCache;
  /** Every content that the cache names is known to be stored; else each is looked up. */
  readonly cacheIsStored: boolean;
  readonly warnings: Warnings;
  readonly now: () => number;
}

/** Times that files still being written are read again; the pauses are 1.3 s together. */
const ATTEMPTS = 7;
const PAUSES: Backoff = { firstMs: 20, longestMs: 640 };

/**
 * Brings the content of all files into the blobs; those that the cache knows are not read. Files that vanish are left
 * out.
 */
export async function storeFiles(
  files: readonly FoundFile[],
  options: StoreFilesOptions,
): Promise<readonly ManifestFile[]> {
  const known = files.map((file) => ({ file, ref: options.digests.find(file.path, file.stats) }));
  const cached = new Set(known.flatMap(({ ref }) => (ref === undefined ? [] : [ref.sha256])));
  const missing = new Set(options.cacheIsStored || cached.size === 0 ? [] : await options.blobs.missing(cached));
  const entries: ManifestFile[] = [];
  const unread: FoundFile[] = [];
  for (const { file, ref } of known) {
    if (ref === undefined || missing.has(ref.sha256)) unread.push(file);
    else entries.push(entryOf(file, ref));
  }
  return [...entries, ...(await readFiles(unread, options))];
}

async function readFiles(files: readonly FoundFile[], options: StoreFilesOptions): Promise<readonly ManifestFile[]> {
  const entries: ManifestFile[] = [];
  let unstable = files;
  for (let attempt = 0; unstable.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS) throw restless(unstable);
    if (attempt > 0) await pause(backoffMs(PAUSES, attempt));
    unstable = await readOnce(attempt === 0 ? unstable : lookAgain(unstable, options.root), options, entries);
  }
  return entries;
}

/** Adds to `entries` what kept still while it was read, and returns the rest. */
async function readOnce(
  files: readonly FoundFile[],
  options: StoreFilesOptions,
  entries: ManifestFile[],
): Promise<readonly FoundFile[]> {
  const readAtMs = options.now();
  const refs = await options.blobs.putFiles(files.map(({ path }) => `${options.root}/${path}`));
  return files.filter((file, index) => {
    const ref = refs[index];
    if (ref === undefined || ref === "missing") return false;
    const code = unreadableCode(ref);
    if (code === "EACCES" || code === "EPERM") {
      options.warnings.file(file.path, "files that may not be read, left out of the code");
      return false;
    }
    if (code !== undefined) throw unreadable(file.path, code);
    const after = lookAt(`${options.root}/${file.path}`);
    if (typeof ref === "string" || after === undefined || !isSame(file.stats, after)) return true;
    options.digests.record(file.path, file.stats, ref.sha256, readAtMs);
    entries.push(entryOf(file, ref));
    return false;
  });
}

function lookAgain(files: readonly FoundFile[], root: string): readonly FoundFile[] {
  return files.flatMap(({ path }) => {
    const stats = lookAt(`${root}/${path}`);
    return stats?.isFile() ? [{ path, stats }] : [];
  });
}

function isSame(before: Stats, after: Stats): boolean {
  return (
    before.ino === after.ino &&
    before.size === after.size &&
    before.mtimeMs === after.mtimeMs &&
    before.ctimeMs === after.ctimeMs &&
    before.mode === after.mode
  );
}

function entryOf({ path, stats }: FoundFile, ref: BlobRef): ManifestFile {
  return { path, sha256: ref.sha256, size: ref.sizeBytes, executable: (stats.mode & 0o100) !== 0 };
}

function restless(files: readonly FoundFile[]): HeadraceError {
  const [first] = files;
  const others = files.length > 1 ? ` and ${files.length - 1} more` : "";
  return new HeadraceError("HR_SNAPSHOT_FAILED", `${first?.path}${others} kept changing while the code was captured`, {
    hint: "stop what writes there, or name the files in .gitignore or .headraceignore if they are not code",
  });
}

/** Not left out like those that a user has closed: the disk fails, and the code would silently lack a file. */
function unreadable(path: string, code: string): HeadraceError {
  return new HeadraceError("HR_SNAPSHOT_FAILED", `${path} cannot be read (${systemErrorWords(code)})`, {
    hint: "check the disk, or name the file in .gitignore or .headraceignore if it is not code",
  });
}
