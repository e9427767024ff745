import { promisify } from "node:util";
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from "node:zlib";
import type { LogStream } from "./log-index.ts";

/**
 * A log as one file that is read from any place without unpacking what is before it: zstd frames, each independent and
 * with a checksum of its own.
 *
 *     frames of stdout, of at most 1 MiB each            `zstd -dc` gives stdout, then stderr
 *     frames of stderr
 *     skippable frames of the index (log-index.ts), of at most 65,536 entries each, compressed within
 *     one skippable frame: the table, then its footer
 *
 * The table has a row for each frame, little-endian, of 28 bytes:
 *
 *     0  part      u8   1 stdout, 2 stderr, 3 index
 *     1  position  u48  where the compressed bytes begin in the file
 *     7  size      u32  how many they are
 *     11 start     u48  first byte of the stream, or number of the first entry
 *     17 length    u32  bytes of the stream, or entries
 *     21 at        u48  of the index: time of the first entry
 *     27 0
 *
 * and the footer, the last 16 bytes of the file, says how many rows there are (u32), the version of all this (u32), and
 * `HRPACKED`.
 */
export type Part = LogStream | "index";
export const PARTS: readonly Part[] = ["stdout", "stderr", "index"];

export interface FrameRow {
  readonly part: Part;
  readonly position: number;
  readonly size: number;
  readonly start: number;
  readonly length: number;
  readonly at: number;
}

export const FRAME_BYTES = 1024 * 1024;
export const FRAME_ENTRIES = 65_536;
export const FOOTER_BYTES = 16;
const ROW_BYTES = 28;
const VERSION = 1;
const MAGIC = "HRPACKED";
/** Any of 0x184D2A50 to 0x184D2A5F begins a frame that readers of zstd pass over. */
const SKIPPABLE = 0x184d2a5e;
export const SKIPPABLE_HEADER_BYTES = 8;

export function skippableHeader(size: number): Buffer {
  const header = Buffer.alloc(SKIPPABLE_HEADER_BYTES);
  header.writeUInt32LE(SKIPPABLE, 0);
  header.writeUInt32LE(size, 4);
  return header;
}

export function encodeTable(rows: readonly FrameRow[]): Buffer {
  const table = Buffer.alloc(rows.length * ROW_BYTES + FOOTER_BYTES);
  rows.forEach((row, number) => {
    const place = number * ROW_BYTES;
    table.writeUInt8(PARTS.indexOf(row.part) + 1, place);
    table.writeUIntLE(row.position, place + 1, 6);
    table.writeUInt32LE(row.size, place + 7);
    table.writeUIntLE(row.start, place + 11, 6);
    table.writeUInt32LE(row.length, place + 17);
    table.writeUIntLE(row.at, place + 21, 6);
  });
  const footer = rows.length * ROW_BYTES;
  table.writeUInt32LE(rows.length, footer);
  table.writeUInt32LE(VERSION, footer + 4);
  table.write(MAGIC, footer + 8, "latin1");
  return table;
}

/** Returns the length of table and footer together; undefined if these are not the last bytes of a packed log. */
export function tableBytes(footer: Buffer): number | undefined {
  const start = footer.length - FOOTER_BYTES;
  if (start < 0 || footer.toString("latin1", start + 8) !== MAGIC || footer.readUInt32LE(start + 4) !== VERSION)
    return undefined;
  return footer.readUInt32LE(start) * ROW_BYTES + FOOTER_BYTES;
}

/** `table` ends with the footer. */
export function decodeTable(table: Buffer): readonly FrameRow[] {
  return Array.from({ length: (table.length - FOOTER_BYTES) / ROW_BYTES }, (_, number) => {
    const place = number * ROW_BYTES;
    return {
      part: PARTS[table.readUInt8(place) - 1] ?? "index",
      position: table.readUIntLE(place + 1, 6),
      size: table.readUInt32LE(place + 7),
      start: table.readUIntLE(place + 11, 6),
      length: table.readUInt32LE(place + 17),
      at: table.readUIntLE(place + 21, 6),
    };
  });
}

/** 230 MB/s on one core, 4 to 5 times smaller; one level more costs four times the time and saves 5 %. */
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } };
/** Less is done sooner than a thread is asked. */
const AT_ONCE_BYTES = 32 * 1024;

const compressAside = promisify(zstdCompress);
const decompressAside = promisify(zstdDecompress);

export async function compressFrame(bytes: Buffer): Promise<Buffer> {
  return bytes.length <= AT_ONCE_BYTES ? zstdCompressSync(bytes, OPTIONS) : await compressAside(bytes, OPTIONS);
}

/** Throws where the frame is damaged. */
export async function decompressFrame(bytes: Buffer): Promise<Buffer> {
  return bytes.length <= AT_ONCE_BYTES / 4 ? zstdDecompressSync(bytes) : await decompressAside(bytes);
}
