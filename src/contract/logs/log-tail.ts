import type { LogStream } from "./log-index.ts";
import type { LogSource } from "./log-source.ts";

const NEWLINE = 0x0a;
const ENTRIES_PER_BLOCK = 1024;

/** A place in a log, to begin reading at. */
export interface LogPosition {
  /** Number of the index entry. */
  readonly entry: number;
  /** First byte of a stream. A stream that is absent begins with the line that its next entry belongs to. */
  readonly from: Partial<Record<LogStream, number>>;
  /** The bytes before this one were read and belong to a line that has no end yet. Absent: none were. */
  readonly read?: Partial<Record<LogStream, number>>;
}

/**
 * Finds where the last `lines` lines of the wanted streams begin, from the end: the index backwards, newlines counted
 * in the bytes it points to. A line counts where it ends; the unfinished one at the end of a stream counts, too.
 */
export async function findTail(
  log: LogSource,
  {
    streams,
    lines,
    first: oldest,
  }: { readonly streams: ReadonlySet<LogStream>; readonly lines: number; readonly first: number },
): Promise<LogPosition> {
  const total = await log.entryCount();
  if (lines <= 0) return { entry: total, from: {} };
  let wanted = lines;
  const seen = new Set<LogStream>();
  for (let blockEnd = total; blockEnd > oldest; ) {
    const first = Math.max(oldest, blockEnd - ENTRIES_PER_BLOCK);
    const entries = await log.entries(first, blockEnd - first);
    for (const [position, entry] of [...entries.entries()].reverse()) {
      if (!streams.has(entry.stream)) continue;
      const bytes = await log.read(entry.stream, entry.offset, entry.length);
      if (!seen.has(entry.stream) && bytes[bytes.length - 1] !== NEWLINE) wanted -= 1;
      seen.add(entry.stream);
      const cut = dropAllButLast(bytes, wanted);
      if (cut.found) return { entry: first + position, from: { [entry.stream]: entry.offset + cut.start } };
      wanted = cut.missing;
    }
    blockEnd = first;
  }
  return { entry: oldest, from: {} };
}

/** The first entry that came at `at` or later: times never go back within a log. */
export async function findTime(
  log: LogSource,
  { at, first }: { readonly at: number; readonly first: number },
): Promise<LogPosition> {
  let [low, high] = [first, await log.entryCount()];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await log.entries(middle, 1);
    if (entry !== undefined && entry.at < at) low = middle + 1;
    else high = middle;
  }
  return { entry: low, from: {} };
}

/**
 * The lines that end in `bytes`: where all but the last `wanted` of them end (`found`), or how many are still missing.
 * `wanted` may be 0 (an unfinished line was the one wanted): then everything up to the last newline goes.
 */
function dropAllButLast(
  bytes: Buffer,
  wanted: number,
): { readonly found: true; readonly start: number } | { readonly found: false; readonly missing: number } {
  let missing = wanted;
  for (
    let newline = bytes.lastIndexOf(NEWLINE);
    newline >= 0;
    newline = newline === 0 ? -1 : bytes.lastIndexOf(NEWLINE, newline - 1)
  ) {
    if (missing <= 0) return { found: true, start: newline + 1 };
    missing -= 1;
  }
  return { found: false, missing };
}
