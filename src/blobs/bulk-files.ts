import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { blobMissing, fileExists } from "./blob-errors.ts";
import { blobPath, shelfPath } from "./blob-path.ts";
import type { BlobRef, PutOutcome } from "./blob-store.ts";
import { assertUnchanged, copyAndHash, hashFile, openRegularFile, refOf, removeIfThere, SMALL_FILE_BYTES } from "./hash-file.ts";

// Synchronous loops over many small files: 20,000 calls of the promise API cost more than the work itself.

const FEW_FILES = 32;

/** What became of one file: its reference, and the temporary file that holds it unless the store had it already. */
export interface StoredCopy {
  readonly ref: BlobRef;
  readonly aside?: string;
}

/** Copies what is new into temporary files `<asidePrefix>-<n>`; the caller syncs and publishes them. */
export function storeCopies(job: {
  readonly paths: readonly string[];
  readonly folder: string;
  readonly asidePrefix: string;
}): readonly (StoredCopy | Exclude<PutOutcome, BlobRef>)[] {
  const copied = new Set<string>();
  const done: string[] = [];
  try {
    return job.paths.map((path, index) => {
      const outcome = storeCopy(path, `${job.asidePrefix}-${index}`, (ref) => copied.has(ref.sha256) || isStored(job.folder, ref));
      if (typeof outcome === "string") return outcome;
      copied.add(outcome.ref.sha256);
      if (outcome.aside !== undefined) done.push(outcome.aside);
      return outcome;
    });
  } catch (error) {
    done.forEach(removeIfThere);
    throw error;
  }
}

function storeCopy(path: string, aside: string, isKnown: (ref: BlobRef) => boolean): StoredCopy | Exclude<PutOutcome, BlobRef> {
  try {
    return statSync(path).size < SMALL_FILE_BYTES ? storeSmall(path, aside, isKnown) : storeLarge(path, aside, isKnown);
  } catch (error) {
    // No longer a regular file, since the caller looked.
    if (error instanceof HeadraceError && (error.code === "HR_FILE_CHANGED" || error.code === "HR_OUTPUT_REFUSED")) return "changed";
    const code = systemErrorCode(error);
    if ((code === "EACCES" || code === "EPERM") && !isReadable(path)) return "unreadable";
    if (code === "ENOTDIR") return "missing";
    if (code === "ENOENT" && statSync(path, { throwIfNoEntry: false }) === undefined) return "missing";
    throw error;
  }
}

/** By trying, for it may as well be the store that may not be written to. */
function isReadable(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}

function storeSmall(path: string, aside: string, isKnown: (ref: BlobRef) => boolean): StoredCopy {
  const descriptor = openRegularFile(path);
  try {
    const before = fstatSync(descriptor);
    const bytes = readFileSync(descriptor);
    const ref = refOf(bytes);
    assertUnchanged(path, before, fstatSync(descriptor), ref);
    if (isKnown(ref)) return { ref };
    writeNew(aside, 0o444, () => writeFileSync(aside, bytes, { flag: "wx", mode: 0o444 }));
    return { ref, aside };
  } finally {
    closeSync(descriptor);
  }
}

/** Reads twice when the content is new, but writes nothing when it is not. */
function storeLarge(path: string, aside: string, isKnown: (ref: BlobRef) => boolean): StoredCopy {
  const ref = hashFile({ path });
  if (isKnown(ref)) return { ref };
  const copied = copyAndHash({ source: path, target: aside });
  chmodSync(aside, 0o444);
  return { ref: copied, aside };
}

function isStored(folder: string, ref: BlobRef): boolean {
  return statSync(blobPath(folder, ref.sha256), { throwIfNoEntry: false })?.size === ref.sizeBytes;
}

/** A temporary file with a whole content in it. */
export interface Landed {
  readonly aside: string;
  readonly ref: BlobRef;
}

/**
 * Gives synced temporary files their names, and adds the folders to be synced to `touched`. What stands there already is replaced: its
 * size alone does not say that its bytes are whole, and running again what made a damaged file is how it is mended.
 */
export function publish({ aside, ref }: Landed, folder: string, touched: Set<string>): void {
  const shelf = shelfPath(folder, ref.sha256);
  if (mkdirSync(shelf, { recursive: true }) !== undefined) touched.add(dirname(shelf));
  renameSync(aside, blobPath(folder, ref.sha256));
  touched.add(shelf);
}

/** Whether a few small files are all there is to do: then the main thread is done before a worker would have started. */
export function isLightWork(paths: readonly string[]): boolean {
  return paths.length <= FEW_FILES && paths.every((path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) < SMALL_FILE_BYTES);
}

/** Which of these the store lacks. */
export function findMissing(job: { readonly sha256s: readonly string[]; readonly folder: string }): readonly string[] {
  return job.sha256s.filter((sha256) => statSync(blobPath(job.folder, sha256), { throwIfNoEntry: false }) === undefined);
}

/** Which of these are stored with another size. */
export function findResized(job: { readonly refs: readonly BlobRef[]; readonly folder: string }): readonly string[] {
  return job.refs
    .filter(({ sha256, sizeBytes }) => {
      const stats = statSync(blobPath(job.folder, sha256), { throwIfNoEntry: false });
      return stats !== undefined && stats.size !== sizeBytes;
    })
    .map(({ sha256 }) => sha256);
}

export interface Placement {
  readonly sha256: string;
  readonly target: string;
  readonly mode: number;
}

/** Independent copies of blobs at new paths. */
export function placeCopies(job: { readonly placements: readonly Placement[]; readonly folder: string }): undefined {
  for (const placement of job.placements) placeCopy(placement, job.folder);
}

function placeCopy({ sha256, target, mode }: Placement, folder: string): void {
  const blob = blobPath(folder, sha256);
  const descriptor = openBlob(blob, sha256);
  try {
    const isSmall = fstatSync(descriptor).size < SMALL_FILE_BYTES;
    writeNew(target, mode, () => {
      if (isSmall) writeFileSync(target, readFileSync(descriptor), { flag: "wx", mode });
      else copyFileSync(blob, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    });
  } finally {
    closeSync(descriptor);
  }
}

function openBlob(path: string, sha256: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw systemErrorCode(error) === "ENOENT" ? blobMissing(sha256) : error;
  }
}

/** Modes are exact whatever the umask is, and a failure leaves nothing half-written. */
function writeNew(target: string, mode: number, write: () => void): void {
  try {
    write();
    chmodSync(target, mode);
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") throw fileExists(target);
    removeIfThere(target);
    throw error;
  }
}
