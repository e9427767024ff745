import { fstatSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { ABSENT, FolderLog } from "./folder-log.ts";
import {
  CHUNK_BYTES,
  ENTRY_BYTES,
  encodeEntry,
  findIndexEnd,
  type IndexEnd,
  type IndexEntry,
  LOG_STREAMS,
  type LogStream,
} from "./log-index.ts";
import {
  compressFrame,
  encodeTable,
  FRAME_BYTES,
  FRAME_ENTRIES,
  type FrameRow,
  skippableHeader,
} from "./packed-format.ts";

/**
 * The log of a folder, whose step has ended, as the bytes of one file (packed-format.ts); none where nothing was
 * printed. Bytes that no index speaks of (the disk was full) come last, with the time of the file.
 */
export async function* packLog(logs: string): AsyncGenerator<Buffer, void, undefined> {
  await using log = new FolderLog(logs);
  const sizes = await sizesOf(log);
  if (sizes.stdout + sizes.stderr === 0) return;
  const packing = new Packing();
  for (const stream of LOG_STREAMS) yield* packing.stream(log, stream, sizes[stream]);
  yield* packing.index(log, ...(await entriesOf(log, sizes)));
  yield* packing.table();
}

/** Returns the number of bytes that a step has printed. */
export function printedBytes(logs: string): number {
  const sizes = LOG_STREAMS.map((stream) => sizeIfPresent(join(logs, stream)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Synchronous: to ask another thread takes ten times as much of a processor. */
function sizeIfPresent(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (ABSENT.has(systemErrorCode(error))) return 0;
    throw error;
  }
}

class Packing {
  readonly #rows: FrameRow[] = [];
  #position = 0;

  async *stream(log: FolderLog, stream: LogStream, size: number): AsyncGenerator<Buffer> {
    const handle = await log.handle(stream);
    const buffer = Buffer.allocUnsafeSlow(Math.min(FRAME_BYTES, size));
    for (let start = 0; handle !== undefined && start < size; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(FRAME_BYTES, size - start), start);
      if (bytesRead === 0) return;
      const frame = await compressFrame(buffer.subarray(0, bytesRead));
      yield this.#frame({ part: stream, start, length: bytesRead, at: 0 }, frame);
      start += bytesRead;
    }
  }

  async *index(log: FolderLog, indexed: number, rest: readonly IndexEntry[]): AsyncGenerator<Buffer> {
    for (let start = 0; start < indexed + rest.length; start += FRAME_ENTRIES) {
      const wanted = Math.min(FRAME_ENTRIES, indexed - start);
      const entries = wanted > 0 ? [...(await log.entries(start, wanted))] : [];
      const first = Math.max(0, start - indexed);
      entries.push(...rest.slice(first, first + FRAME_ENTRIES - entries.length));
      const frame = await compressFrame(Buffer.concat(entries.map(encodeEntry), entries.length * ENTRY_BYTES));
      yield this.#plain(skippableHeader(frame.length));
      yield this.#frame({ part: "index", start, length: entries.length, at: entries[0]?.at ?? 0 }, frame);
    }
  }

  *table(): Generator<Buffer> {
    const table = encodeTable(this.#rows);
    yield this.#plain(skippableHeader(table.length));
    yield this.#plain(table);
  }

  #frame(row: Omit<FrameRow, "position" | "size">, frame: Buffer): Buffer {
    this.#rows.push({ ...row, position: this.#position, size: frame.length });
    return this.#plain(frame);
  }

  #plain(bytes: Buffer): Buffer {
    this.#position += bytes.length;
    return bytes;
  }
}

async function sizesOf(log: FolderLog): Promise<Record<LogStream, number>> {
  return { stdout: sizeOf(await log.handle("stdout")), stderr: sizeOf(await log.handle("stderr")) };
}

/** Returns the number of entries of the index that stand, and entries for the bytes that it does not speak of. */
async function entriesOf(
  log: FolderLog,
  sizes: Readonly<Record<LogStream, number>>,
): Promise<[indexed: number, rest: readonly IndexEntry[]]> {
  const index = await log.handle("index");
  const end: IndexEnd =
    index === undefined ? { entries: 0, taken: { stdout: 0, stderr: 0 }, lastAt: 0 } : await findIndexEnd(index, sizes);
  const rest: IndexEntry[] = [];
  for (const stream of LOG_STREAMS) {
    const handle = await log.handle(stream);
    const at = Math.max(end.lastAt, handle === undefined ? 0 : Math.floor((await handle.stat()).mtimeMs));
    for (let offset = end.taken[stream]; offset < sizes[stream]; offset += CHUNK_BYTES)
      rest.push({ at, stream, offset, length: Math.min(CHUNK_BYTES, sizes[stream] - offset) });
  }
  return [end.entries, rest.sort((one, other) => one.at - other.at)];
}

function sizeOf(handle: FileHandle | undefined): number {
  return handle === undefined ? 0 : fstatSync(handle.fd).size;
}
