import type { FileHandle } from "node:fs/promises";

export type LogStream = "stdout" | "stderr";
export const LOG_STREAMS: readonly LogStream[] = ["stdout", "stderr"];

/** No entry spans more than this, so that a reader holds little at a time. */
export const CHUNK_BYTES = 256 * 1024;

/**
 * `logs/index` is a row of entries of 16 bytes each, little-endian; each says when which bytes of which stream came:
 *
 *     0  at       u48  milliseconds since the epoch
 *     6  stream   u8   1 stdout, 2 stderr
 *     7  offset   u48  where the bytes start in the stream's file
 *     13 length   u24  how many they are
 *
 * The entries of one stream lie end to end from offset 0. That is the checksum: whatever a crash or a power cut left at
 * the end of the file (half an entry, a page of zeros) is no multiple of 16, names no stream, or does not continue its
 * stream.
 */
export interface IndexEntry {
  readonly at: number;
  readonly stream: LogStream;
  readonly offset: number;
  readonly length: number;
}
export const ENTRY_BYTES = 16;
const ENTRIES_PER_READ = 4096;

export function encodeEntry(entry: IndexEntry): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.writeUIntLE(entry.at, 0, 6);
  bytes.writeUInt8(entry.stream === "stdout" ? 1 : 2, 6);
  bytes.writeUIntLE(entry.offset, 7, 6);
  bytes.writeUIntLE(entry.length, 13, 3);
  return bytes;
}

/** Undefined for bytes that are no entry. */
export function decodeEntry(bytes: Buffer, position: number): IndexEntry | undefined {
  const kind = bytes.readUInt8(position + 6);
  const length = bytes.readUIntLE(position + 13, 3);
  if ((kind !== 1 && kind !== 2) || length === 0 || length > CHUNK_BYTES) return undefined;
  return {
    at: bytes.readUIntLE(position, 6),
    stream: kind === 1 ? "stdout" : "stderr",
    offset: bytes.readUIntLE(position + 7, 6),
    length,
  };
}

/**
 * Up to `count` whole entries from entry number `first` on; fewer at the end of the file or before the first bad one.
 */
export async function readEntries(
  index: FileHandle,
  first: number,
  count = ENTRIES_PER_READ,
): Promise<readonly IndexEntry[]> {
  const bytes = Buffer.allocUnsafe(count * ENTRY_BYTES);
  const { bytesRead } = await index.read(bytes, 0, bytes.length, first * ENTRY_BYTES);
  const entries: IndexEntry[] = [];
  for (let position = 0; position + ENTRY_BYTES <= bytesRead; position += ENTRY_BYTES) {
    const entry = decodeEntry(bytes, position);
    if (entry === undefined) break;
    entries.push(entry);
  }
  return entries;
}

export interface IndexEnd {
  /** Entries that stand: what follows them in the file is the trace of a crash. */
  readonly entries: number;
  /** Number of bytes of each stream that are indexed. */
  readonly taken: Readonly<Record<LogStream, number>>;
  readonly lastAt: number;
}

/**
 * Finds the end of the index, compared with the files it speaks of: an entry beyond their end (a power cut took the
 * bytes) ends it too.
 */
export async function findIndexEnd(index: FileHandle, sizes: Readonly<Record<LogStream, number>>): Promise<IndexEnd> {
  const taken = { stdout: 0, stderr: 0 };
  let entries = 0;
  let lastAt = 0;
  for (;;) {
    const block = await readEntries(index, entries);
    for (const entry of block) {
      const end = entry.offset + entry.length;
      if (entry.offset !== taken[entry.stream] || end > sizes[entry.stream]) return { entries, taken, lastAt };
      taken[entry.stream] = end;
      lastAt = Math.max(lastAt, entry.at);
      entries += 1;
    }
    if (block.length < ENTRIES_PER_READ) return { entries, taken, lastAt };
  }
}
