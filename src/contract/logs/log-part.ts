import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { CHUNK_BYTES, decodeEntry, ENTRY_BYTES, encodeEntry, type IndexEntry, type LogStream } from "./log-index.ts";
import type { LogSource } from "./log-source.ts";

/**
 * A piece of a log as one text: entries of the index, then their bytes in the same order, compressed by zstd and in
 * base64. Entries keep their numbers and offsets.
 */
export interface PublishedPart {
  readonly first: number;
  readonly entries: number;
  readonly bytes: number;
  readonly body: string;
}

/** So many entries at most: if lines alternate between the streams, each is a few bytes. */
const PART_ENTRIES = 4096;

/** Makes the part that starts at entry number `first`, about a chunk of it; undefined if nothing follows. */
export async function makePart(log: LogSource, first: number): Promise<PublishedPart | undefined> {
  const entries: IndexEntry[] = [];
  let bytes = 0;
  for (const entry of await log.entries(first, PART_ENTRIES)) {
    if (entries.length > 0 && bytes + entry.length > CHUNK_BYTES) break;
    entries.push(entry);
    bytes += entry.length;
  }
  if (entries.length === 0) return undefined;
  const pieces = entries.map(encodeEntry);
  // One call for each stream: what is taken lies end to end.
  const taken = { stdout: await bytesOf(log, "stdout", entries), stderr: await bytesOf(log, "stderr", entries) };
  const read = { stdout: 0, stderr: 0 };
  for (const { stream, length } of entries) {
    pieces.push(taken[stream].subarray(read[stream], read[stream] + length));
    read[stream] += length;
  }
  const body = zstdCompressSync(Buffer.concat(pieces)).toString("base64");
  return { first, entries: entries.length, bytes, body };
}

async function bytesOf(log: LogSource, stream: LogStream, entries: readonly IndexEntry[]): Promise<Buffer> {
  const own = entries.filter((entry) => entry.stream === stream);
  const length = own.reduce((sum, entry) => sum + entry.length, 0);
  return length === 0 ? Buffer.alloc(0) : await log.read(stream, own[0]?.offset ?? 0, length);
}

export interface PartContent {
  readonly entries: readonly IndexEntry[];
  /** The bytes of each stream, and where they begin; absent if there are none. */
  readonly streams: Partial<Record<LogStream, { readonly offset: number; readonly bytes: Buffer }>>;
}

/** Throws for a text that is no part of a log. */
export function readPart({ entries: count, body }: Pick<PublishedPart, "entries" | "body">): PartContent {
  const content = zstdDecompressSync(Buffer.from(body, "base64"));
  const entries: IndexEntry[] = [];
  for (let number = 0; number < count; number += 1) {
    const entry = decodeEntry(content, number * ENTRY_BYTES);
    if (entry === undefined) throw new Error("a part of a log holds what is no entry of its index");
    entries.push(entry);
  }
  const pieces: Record<LogStream, Buffer[]> = { stdout: [], stderr: [] };
  let position = count * ENTRY_BYTES;
  for (const { stream, length } of entries) {
    pieces[stream].push(content.subarray(position, position + length));
    position += length;
  }
  const streams: PartContent["streams"] = {};
  for (const { stream, offset } of entries) streams[stream] ??= { offset, bytes: Buffer.concat(pieces[stream]) };
  return { entries, streams };
}
