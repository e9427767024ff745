import type { LogFiles } from "./log-files.ts";
import { ENTRY_BYTES, type IndexEntry, type LogStream, readEntries } from "./log-index.ts";

const NEWLINE = 0x0a;
const ENTRIES_PER_BLOCK = 1024;

/** Where to begin reading a log. */
export interface LogStart {
  /** Number of the index entry. */
  readonly entry: number;
  /** First byte of a stream. A stream that is absent begins with the line that its next entry belongs to. */
  readonly from: Partial<Record<LogStream, number>>;
}

export const LOG_BEGINNING: LogStart = { entry: 0, from: {} };

/**
 * Where the last `lines` lines of the wanted streams begin, found from the end: the index backwards, newlines counted in the bytes it
 * points to. A line counts where it ends; the unfinished one at the end of a stream counts, too.
 */
export async function findTail(files: LogFiles, streams: ReadonlySet<LogStream>, lines: number): Promise<LogStart> {
  const index = await files.handle("index");
  if (index === undefined) return LOG_BEGINNING;
  const total = Math.floor((await index.stat()).size / ENTRY_BYTES);
  if (lines <= 0) return { entry: total, from: {} };
  let wanted = lines;
  const seen = new Set<LogStream>();
  for (let blockEnd = total; blockEnd > 0; ) {
    const first = Math.max(0, blockEnd - ENTRIES_PER_BLOCK);
    const entries = await readEntries(index, first, blockEnd - first);
    for (const [position, entry] of [...entries.entries()].reverse()) {
      if (!streams.has(entry.stream)) continue;
      const bytes = await bytesOf(files, entry);
      if (!seen.has(entry.stream) && bytes[bytes.length - 1] !== NEWLINE) wanted -= 1;
      seen.add(entry.stream);
      const cut = dropAllButLast(bytes, wanted);
      if (cut.found) return { entry: first + position, from: { [entry.stream]: entry.offset + cut.start } };
      wanted = cut.missing;
    }
    blockEnd = first;
  }
  return LOG_BEGINNING;
}

async function bytesOf(files: LogFiles, entry: IndexEntry): Promise<Buffer> {
  const log = await files.handle(entry.stream);
  const bytes = Buffer.allocUnsafe(entry.length);
  const { bytesRead } = (await log?.read(bytes, 0, entry.length, entry.offset)) ?? { bytesRead: 0 };
  return bytes.subarray(0, bytesRead);
}

/**
 * The lines that end in `bytes`: where all but the last `wanted` of them end (`found`), or how many are still missing. `wanted` may
 * be 0 (an unfinished line was the one wanted): then everything up to the last newline goes.
 */
function dropAllButLast(
  bytes: Buffer,
  wanted: number,
): { readonly found: true; readonly start: number } | { readonly found: false; readonly missing: number } {
  let missing = wanted;
  for (let newline = bytes.lastIndexOf(NEWLINE); newline >= 0; newline = newline === 0 ? -1 : bytes.lastIndexOf(NEWLINE, newline - 1)) {
    if (missing <= 0) return { found: true, start: newline + 1 };
    missing -= 1;
  }
  return { found: false, missing };
}
