import { chmodSync, closeSync, fstatSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { blobMissing, fileExists, storedDamaged } from "./blob-errors.ts";
import { blobPath, shelfPath } from "./blob-path.ts";
import type { BlobRef, PutOutcome } from "./blob-store.ts";
import {
  assertUnchanged,
  copyAndHash,
  hashFile,
  openRegularFile,
  ReadFailure,
  readSmall,
  refOf,
  removeIfThere,
  SMALL_FILE_BYTES,
} from "./hash-file.ts";
import { sha256Of } from "./sha256.ts";

// Synchronous loops over many small files: 20,000 calls of the promise API cost more than the work itself.

const FEW_FILES = 32;

/** The result for one file: its reference, and the temporary file that holds it unless the store had it already. */
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
      const outcome = storeCopy(
        path,
        `${job.asidePrefix}-${index}`,
        (ref) => copied.has(ref.sha256) || isStored({ folder: job.folder, ref }),
      );
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

function storeCopy(
  path: string,
  aside: string,
  isKnown: (ref: BlobRef) => boolean,
): StoredCopy | Exclude<PutOutcome, BlobRef> {
  try {
    return sizeOf(path) < SMALL_FILE_BYTES ? storeSmall(path, aside, isKnown) : storeLarge(path, aside, isKnown);
  } catch (error) {
    // No longer a regular file, since the caller looked.
    if (error instanceof HeadraceError && (error.code === "HR_FILE_CHANGED" || error.code === "HR_OUTPUT_REFUSED"))
      return "changed";
    // A failure of the store itself is not said of the file.
    if (!(error instanceof ReadFailure)) throw error;
    return error.code === "ENOENT" || error.code === "ENOTDIR" ? "missing" : `unreadable ${error.code}`;
  }
}

function storeSmall(path: string, aside: string, isKnown: (ref: BlobRef) => boolean): StoredCopy {
  const descriptor = openRegularFile(path);
  try {
    const before = fstatSync(descriptor);
    const bytes = readSmall(descriptor);
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

function sizeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  // Opening it says more of why it cannot be looked at.
  if (stats === undefined) closeSync(openRegularFile(path));
  return stats?.size ?? 0;
}

/**
 * Returns true if a content is stored and whole. Its bytes are read: were a damaged file taken for stored, the good
 * bytes that are at hand would be thrown away. Reading is less than writing them again, which is what else would be
 * done.
 */
export function isStored({ folder, ref }: { readonly folder: string; readonly ref: BlobRef }): boolean {
  const path = blobPath(folder, ref.sha256);
  if (statSync(path, { throwIfNoEntry: false })?.size !== ref.sizeBytes) return false;
  try {
    return hashFile({ path }).sha256 === ref.sha256;
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
    return false;
  }
}

/** A temporary file with a whole content in it. */
export interface Landed {
  readonly aside: string;
  readonly ref: BlobRef;
}

/**
 * Gives synced temporary files their names, and adds the folders to be synced to `touched`. A file that stands there
 * already is replaced: its size alone does not say that its bytes are whole, and running again what made a damaged file
 * is how it is mended.
 */
export function publish({ aside, ref }: Landed, folder: string, touched: Set<string>): void {
  const shelf = shelfPath(folder, ref.sha256);
  if (mkdirSync(shelf, { recursive: true }) !== undefined) touched.add(dirname(shelf));
  renameSync(aside, blobPath(folder, ref.sha256));
  touched.add(shelf);
}

/**
 * Returns true if a few small files are all there is to do: then the main thread is done before a worker would have
 * started.
 */
export function isLightWork(paths: readonly string[]): boolean {
  return (
    paths.length <= FEW_FILES &&
    paths.every((path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) < SMALL_FILE_BYTES)
  );
}

/** Returns those that the store lacks. */
export function findMissing(job: { readonly sha256s: readonly string[]; readonly folder: string }): readonly string[] {
  return job.sha256s.filter(
    (sha256) => statSync(blobPath(job.folder, sha256), { throwIfNoEntry: false }) === undefined,
  );
}

/** Returns those that are stored with another size. */
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
  try {
    // Hashed on the way: what is handed out is what was stored, or nothing is.
    const place = sizeOf(blob) < SMALL_FILE_BYTES ? placeSmall : placeLarge;
    const found = place({ sha256, target, mode }, blob);
    if (found !== sha256) throw storedDamaged(sha256, `its content is ${found}`);
  } catch (error) {
    if (!(error instanceof ReadFailure)) throw error;
    throw error.code === "ENOENT" ? blobMissing(sha256) : storedDamaged(sha256, `it cannot be read (${error.code})`);
  }
}

/** The content that the blob has; where it is another than it should be, nothing is placed. */
function placeSmall({ sha256, target, mode }: Placement, blob: string): string {
  const descriptor = openRegularFile(blob);
  try {
    const bytes = readSmall(descriptor);
    const found = sha256Of(bytes);
    if (found === sha256) writeNew(target, mode, () => writeFileSync(target, bytes, { flag: "wx", mode }));
    return found;
  } finally {
    closeSync(descriptor);
  }
}

function placeLarge({ sha256, target, mode }: Placement, blob: string): string {
  let found = "";
  writeNew(target, mode, () => {
    found = copyAndHash({ source: blob, target }).sha256;
  });
  if (found !== sha256) removeIfThere(target);
  return found;
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
