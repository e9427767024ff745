import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { systemErrorCode } from "../errors.ts";
import { fileChanged, notRegular } from "./blob-errors.ts";
import type { BlobRef } from "./blob-store.ts";
import { sha256Of } from "./sha256.ts";

// Synchronous on purpose: workers run these, and for small files the main thread.

/** Up to this size one read and one hash call (about 0.1 ms) beat the hop to a worker. */
export const SMALL_FILE_BYTES = 64 * 1024;

/** The fastest of 64 kB to 4 MB on a warm cache: 1.35 GB/s against 0.9 GB/s with buffers of 1 MB and more. */
const BUFFER_BYTES = 256 * 1024;

/** Hashes a file; HR_FILE_CHANGED when somebody wrote to it meanwhile. */
export function hashFile(job: { readonly path: string }): BlobRef {
  const descriptor = openRegularFile(job.path);
  try {
    const before = fstatSync(descriptor);
    const ref = before.size < SMALL_FILE_BYTES ? refOf(readSmall(descriptor)) : readThrough(descriptor, () => {});
    assertUnchanged(job.path, before, fstatSync(descriptor), ref);
    return ref;
  } finally {
    closeSync(descriptor);
  }
}

/** Copies `source` to the new file `target`, by reflink where the file system can, and hashes what was copied. */
export function copyAndHash(job: { readonly source: string; readonly target: string }): BlobRef {
  const descriptor = openRegularFile(job.source);
  try {
    const before = fstatSync(descriptor);
    const ref = cloneFile(job.source, job.target)
      ? hashFile({ path: job.target })
      : copyInOnePass(descriptor, job.target, before);
    // By path, not by descriptor: the clone was made by path, and a file put in its place has another inode.
    assertUnchanged(job.source, before, statSync(job.source), ref);
    return ref;
  } catch (error) {
    // A file that stood there before is somebody else's.
    if (systemErrorCode(error) !== "EEXIST") removeIfThere(job.target);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** The system cannot read a file: a failure of this one file, not of the place that it was to be stored in. */
export class ReadFailure extends Error {
  readonly code: string;

  constructor(error: Error, code: string) {
    super(error.message, { cause: error });
    this.name = "ReadFailure";
    this.code = code;
  }
}

/** Opens without waiting for a writer, should the path be a pipe; a link is followed. */
export function openRegularFile(path: string): number {
  const descriptor = reading(() => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw notRegular(path);
}

export function assertUnchanged(path: string, before: Stats, after: Stats, ref: BlobRef): void {
  const same =
    before.ino === after.ino &&
    before.size === after.size &&
    before.mtimeMs === after.mtimeMs &&
    ref.sizeBytes === after.size;
  if (same) return;
  throw fileChanged(path);
}

/** All that a small file holds. */
export function readSmall(descriptor: number): Buffer {
  return reading(() => readFileSync(descriptor));
}

function reading<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = systemErrorCode(error);
    throw error instanceof Error && code !== undefined ? new ReadFailure(error, code) : error;
  }
}

export function refOf(bytes: Uint8Array): BlobRef {
  return { sha256: sha256Of(bytes), sizeBytes: bytes.length };
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It never came to be, or another process tidied up; what is left of it, removeStale finds.
  }
}

/** True when the file system shares the bytes; false when it cannot, and then there is no target. */
function cloneFile(source: string, target: string): boolean {
  try {
    copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") throw error;
    removeIfThere(target);
    return false;
  }
}

function copyInOnePass(descriptor: number, target: string, stats: Stats): BlobRef {
  const output = openSync(target, "wx", 0o600);
  // A file with holes keeps them: only then is the search for zeros worth its time.
  const hasHoles = stats.blocks * 512 < stats.size;
  try {
    let offset = 0;
    const ref = readThrough(descriptor, (chunk) => {
      if (!(hasHoles && isZero(chunk))) writeWhole(output, chunk, offset);
      offset += chunk.length;
    });
    ftruncateSync(output, offset);
    return ref;
  } finally {
    closeSync(output);
  }
}

function readThrough(descriptor: number, each: (chunk: Buffer) => void): BlobRef {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for (;;) {
    const length = reading(() => readSync(descriptor, buffer, 0, buffer.length, null));
    if (length === 0) break;
    const chunk = buffer.subarray(0, length);
    hash.update(chunk);
    each(chunk);
    sizeBytes += length;
  }
  return { sha256: hash.digest("hex"), sizeBytes };
}

function writeWhole(descriptor: number, chunk: Buffer, position: number): void {
  let written = 0;
  while (written < chunk.length)
    written += writeSync(descriptor, chunk, written, chunk.length - written, position + written);
}

const ZEROS = Buffer.alloc(BUFFER_BYTES);

function isZero(chunk: Buffer): boolean {
  return chunk.equals(ZEROS.subarray(0, chunk.length));
}
