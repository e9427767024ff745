import { buffer } from "node:stream/consumers";
import type { BlobRef, BlobStore } from "../../blobs/index.ts";
import { HeadraceError } from "../../errors.ts";
import { CHUNK_BYTES, decodeEntry, ENTRY_BYTES, type IndexEntry, type LogStream } from "./log-index.ts";
import type { LogSource } from "./log-source.ts";
import { decodeTable, decompressFrame, type FrameRow, PARTS, type Part, tableBytes } from "./packed-format.ts";

/** So much of the file's end is asked for first: the whole of most logs, and the table of one of some gigabytes. */
const END_BYTES = 64 * 1024;
const ENTRIES_PER_READ = 4096;

/** A log among the stored files, read frame by frame; one frame of each part is held. */
export class PackedLog implements LogSource {
  readonly #blobs: Pick<BlobStore, "read">;
  readonly #ref: BlobRef;
  /** The last bytes of the file. */
  readonly #end: Buffer;
  readonly #rows: Readonly<Record<Part, readonly FrameRow[]>>;
  readonly #held: Partial<Record<Part, { readonly row: FrameRow; readonly bytes: Buffer }>> = {};

  private constructor(blobs: Pick<BlobStore, "read">, ref: BlobRef, end: Buffer, rows: readonly FrameRow[]) {
    this.#blobs = blobs;
    this.#ref = ref;
    this.#end = end;
    const [stdout = [], stderr = [], index = []] = PARTS.map((part) => rows.filter((row) => row.part === part));
    this.#rows = { stdout, stderr, index };
  }

  /** Throws HR_BLOB_MISSING, HR_BLOB_DAMAGED. */
  static async open(blobs: Pick<BlobStore, "read">, ref: BlobRef): Promise<PackedLog> {
    const end = await readRange(blobs, ref, Math.max(0, ref.sizeBytes - END_BYTES), ref.sizeBytes);
    const size = tableBytes(end);
    if (size === undefined || size > ref.sizeBytes) throw damaged(ref);
    const table =
      size <= end.length
        ? end.subarray(end.length - size)
        : await readRange(blobs, ref, ref.sizeBytes - size, ref.sizeBytes);
    return new PackedLog(blobs, ref, end, decodeTable(table));
  }

  async entryCount(): Promise<number> {
    return endOf(this.#rows.index.at(-1));
  }

  async entries(first: number, count = ENTRIES_PER_READ): Promise<readonly IndexEntry[]> {
    const frame = await this.#frameAt("index", first);
    if (frame === undefined) return [];
    const { row, bytes } = frame;
    const last = Math.min(first + count, endOf(row));
    const entries: IndexEntry[] = [];
    for (let number = first; number < last; number += 1) {
      const entry = decodeEntry(bytes, (number - row.start) * ENTRY_BYTES);
      if (entry === undefined) throw damaged(this.#ref);
      entries.push(entry);
    }
    // The wanted entries may lie across frames: callers count on getting all of them.
    return last === first + count || last === (await this.entryCount())
      ? entries
      : [...entries, ...(await this.entries(last, first + count - last))];
  }

  async read(stream: LogStream, offset: number, length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const end = offset + Math.min(length, CHUNK_BYTES);
    for (let position = offset; position < end; ) {
      const frame = await this.#frameAt(stream, position);
      if (frame === undefined) break;
      const start = position - frame.row.start;
      const piece = frame.bytes.subarray(start, start + end - position);
      pieces.push(piece);
      position += piece.length;
    }
    const [only = Buffer.alloc(0)] = pieces;
    return pieces.length <= 1 ? only : Buffer.concat(pieces);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of PARTS) delete this.#held[part];
  }

  async #frameAt(part: Part, place: number): Promise<{ readonly row: FrameRow; readonly bytes: Buffer } | undefined> {
    const row = rowAt(this.#rows[part], place);
    if (row === undefined) return undefined;
    const held = this.#held[part];
    if (held?.row === row) return held;
    const frame = { row, bytes: await this.#unpack(row) };
    this.#held[part] = frame;
    return frame;
  }

  async #unpack(row: FrameRow): Promise<Buffer> {
    const { sizeBytes } = this.#ref;
    const start = row.position - (sizeBytes - this.#end.length);
    const frame =
      start >= 0
        ? this.#end.subarray(start, start + row.size)
        : await readRange(this.#blobs, this.#ref, row.position, row.position + row.size);
    const bytes = await decompressFrame(frame).catch((cause: unknown) => {
      throw damaged(this.#ref, cause);
    });
    if (bytes.length !== row.length * (row.part === "index" ? ENTRY_BYTES : 1)) throw damaged(this.#ref);
    return bytes;
  }
}

function endOf(row: FrameRow | undefined): number {
  return row === undefined ? 0 : row.start + row.length;
}

/** Rows lie end to end from 0. */
function rowAt(rows: readonly FrameRow[], place: number): FrameRow | undefined {
  let [low, high] = [0, rows.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row === undefined || place < 0) return undefined;
    if (place < row.start) high = middle - 1;
    else if (place >= row.start + row.length) low = middle + 1;
    else return row;
  }
  return undefined;
}

async function readRange(blobs: Pick<BlobStore, "read">, ref: BlobRef, start: number, end: number): Promise<Buffer> {
  const bytes = await buffer(await blobs.read(ref.sha256, { start, end }));
  if (bytes.length !== end - start) throw damaged(ref);
  return bytes;
}

function damaged({ sha256 }: BlobRef, cause?: unknown): HeadraceError {
  return new HeadraceError("HR_BLOB_DAMAGED", `the stored log ${sha256} is damaged`, {
    hint: [{ do: "verify-files" }, " says what it belongs to; bring it back from a backup"],
    cause,
  });
}
