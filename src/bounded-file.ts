import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { systemErrorCode } from "./errors.ts";

/** Far above what any reader of configurations takes, so that it can say how much too large a file is. */
export const WRITTEN_BY_HAND_BYTES = 64_000_000;

/** In place of a system's error code, for what could be opened but is nothing to read whole. */
class NoRegularFile extends Error {
  readonly code: string;

  constructor(path: string, code: string) {
    super(`${path} is no regular file`);
    this.name = "NoRegularFile";
    this.code = code;
  }
}

export interface ReadOptions {
  /** A link is an error (ELOOP). */
  readonly noLink?: boolean;
  /** Its access time stays as it was, where this user may do that. */
  readonly unseen?: boolean;
}

/**
 * Reads a file that somebody wrote by hand, at most `maxBytes` and one of it: the one more tells its reader that it is
 * too large. Such a file may come with a stranger's repository and be a link to `/dev/zero` or a pipe that nobody
 * writes to; without this, reading it takes all memory, or for ever. Throws what the system says, or an error whose
 * code says that it is no regular file.
 */
export function readBounded(path: string, maxBytes: number, how: ReadOptions = {}): Buffer {
  // Without O_NONBLOCK, opening a pipe waits for a writer.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (how.noLink === true ? constants.O_NOFOLLOW : 0);
  const descriptor = open(path, flags, how);
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw new NoRegularFile(path, "EISDIR");
    if (!stats.isFile()) throw new NoRegularFile(path, "it is no regular file");
    return readUpTo(descriptor, maxBytes + 1, stats.size);
  } finally {
    closeSync(descriptor);
  }
}

/** Only the owner of a file may read it without a trace. */
function open(path: string, flags: number, { unseen = false }: ReadOptions): number {
  try {
    return openSync(path, flags | (unseen ? (constants.O_NOATIME ?? 0) : 0));
  } catch (error) {
    if (unseen && systemErrorCode(error) === "EPERM") return openSync(path, flags);
    throw error;
  }
}

/** Files of /proc say that they have no size: what counts is what is read. */
function readUpTo(descriptor: number, most: number, expected: number): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < most) {
    const chunk = Buffer.allocUnsafe(Math.min(most - length, Math.max(expected - length, 64 * 1024)));
    const read = readSync(descriptor, chunk, 0, chunk.length, null);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return Buffer.concat(chunks, length);
}
