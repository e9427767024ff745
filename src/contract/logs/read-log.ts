import { onAbort } from "../../concurrency/index.ts";
import { Wakeup } from "../wakeup.ts";
import { LineCutter } from "./line-cutter.ts";
import { startOfLine } from "./line-start.ts";
import { CHUNK_BYTES, type IndexEntry, LOG_STREAMS, type LogStream } from "./log-index.ts";
import { type LogSource, ReadAhead } from "./log-source.ts";
import { findTail, findTime, type LogPosition } from "./log-tail.ts";

/** An unfinished line (a prompt, a progress bar) is given after so long. */
const PARTIAL_MS = 250;
/**
 * The end of an execution is noticed this soon if nothing reports it; changes of the log itself are reported at once.
 */
const PATROL_MS = 1000;
/** A batch is given when it holds so many lines, or is of so many bytes: a thousand pieces of a long line are 64 MB. */
const BATCH_ITEMS = 1000;
const BATCH_BYTES = 256 * 1024;

/** A line of a log, or a piece of one longer than 64 KiB. */
export interface LogItem {
  /** The moment at which its last byte came. */
  readonly at: number;
  readonly stream: LogStream;
  /** Without its line end. Bytes that are no UTF-8 appear as U+FFFD. */
  readonly text: string;
  /** The line goes on in the next item of the same stream. */
  readonly continues: boolean;
}

/** The items that came at once. */
export interface LogBatch {
  readonly items: readonly LogItem[];
  /**
   * The line of each stream that has no end yet, as far as it came: its last 4 KiB at most. Only with the last batch of
   * those at hand.
   */
  readonly unfinished: readonly Pick<LogItem, "stream" | "text">[];
  /** Behind these items: whoever begins here, in whatever place the log lies then, gets what follows them. */
  readonly next: LogPosition;
}

export interface ReadLogOptions {
  /** Only this stream. */
  readonly stream?: LogStream;
  /** Only the last so many lines, found without reading what is before them. */
  readonly tail?: number;
  /** Only what came then or later, and the beginning of the line that it goes on with; found in the same way. */
  readonly sinceMs?: number;
  /** Only what follows: `next` of an earlier batch. */
  readonly from?: LogPosition;
  /** Only lines that have an end: an unfinished one is left to whoever goes on from here. */
  readonly isToGoOn?: boolean;
  /** Waits for more until the log is finished. Without it, reads what is there. */
  readonly follow?: {
    /** The execution has ended and its log was read to the end. */
    readonly isFinished: () => boolean | Promise<boolean>;
    /** Calls back when `isFinished` may have changed; returns what ends that. (`events.listen` of a project fits.) */
    readonly onChange?: (listener: () => void) => () => void;
    /** Ends the reading without an error. */
    readonly signal?: AbortSignal;
    /**
     * A line that has been waiting for its end for a moment is given as far as it is written, and goes on in further
     * pieces.
     */
    readonly partial?: boolean;
  };
}

/**
 * The log of an execution, line by line, both streams in the order in which they came, as far as `LogIntake` has
 * indexed it. Memory is flat whatever the log's size. A line stands where it ended; an unfinished last line is given
 * when the log is finished.
 */
export async function* readLog(log: LogSource, options: ReadLogOptions = {}): AsyncGenerator<LogItem, void, undefined> {
  for await (const { items } of readLogBatches(log, options)) yield* items;
}

/** The same, by what came at once: several times faster than item by item, and with the line that is being written. */
export async function* readLogBatches(
  log: LogSource,
  options: ReadLogOptions = {},
): AsyncGenerator<LogBatch, void, undefined> {
  const lines = await IndexedLines.open(log, streamsOf(options.stream), await startOfLog(log, options));
  if (options.follow !== undefined) yield* followLines(lines, log, options.follow);
  else yield* lines.available();
  if (options.follow?.signal?.aborted !== true && options.isToGoOn !== true) yield lines.batch(lines.end());
}

/** The place where reading begins: what `from` takes, before the first batch tells where it ends. */
export async function startOfLog(
  log: LogSource,
  { stream, tail, sinceMs, from }: Omit<ReadLogOptions, "follow">,
): Promise<LogPosition> {
  const streams = streamsOf(stream);
  if (from !== undefined) return from;
  const first = (await log.begin?.())?.entry ?? 0;
  if (tail !== undefined) return await findTail(log, { streams, lines: tail, first });
  return sinceMs === undefined ? { entry: first, from: {} } : await findTime(log, { at: sinceMs, first });
}

function streamsOf(stream: LogStream | undefined): ReadonlySet<LogStream> {
  return new Set(stream === undefined ? LOG_STREAMS : [stream]);
}

async function* followLines(
  lines: IndexedLines,
  log: LogSource,
  follow: NonNullable<ReadLogOptions["follow"]>,
): AsyncGenerator<LogBatch> {
  const wakeup = new Wakeup();
  const call = () => wakeup.call();
  let watch: Disposable | undefined;
  const unsubscribe = follow.onChange?.(call);
  using _leaving = onAbort(follow.signal, call);
  try {
    while (follow.signal?.aborted !== true) {
      watch ??= log.watch?.(call, () => {
        watch = undefined;
      });
      // Asked before reading: what is written before the end is then surely read after the answer.
      const finished = await follow.isFinished();
      yield* lines.available(follow.signal);
      if (finished) return;
      if (follow.partial === true) yield lines.batch(lines.flushQuiet(PARTIAL_MS));
      await wakeup.sleep(follow.partial === true && lines.isMidLine ? PARTIAL_MS : PATROL_MS);
    }
  } finally {
    watch?.[Symbol.dispose]();
    unsubscribe?.();
  }
}

/** The reading position in an index, and what is unfinished there. */
class IndexedLines {
  readonly #log: LogSource;
  readonly #ahead: ReadAhead;
  readonly #streams: ReadonlySet<LogStream>;
  /** Up to where each stream is read. */
  readonly #from: Partial<Record<LogStream, number>>;
  readonly #cutters: Readonly<Record<LogStream, LineCutter>> = { stdout: new LineCutter(), stderr: new LineCutter() };
  #entry: number;
  #lastAt: Partial<Record<LogStream, number>> = {};
  /** The moment of the last read, by this process's own clock. */
  #readAt = 0;

  private constructor(log: LogSource, streams: ReadonlySet<LogStream>, { entry, from, read }: LogPosition) {
    this.#log = log;
    this.#ahead = new ReadAhead(log);
    this.#streams = streams;
    this.#entry = entry;
    this.#from = { ...from, ...read };
  }

  static async open(log: LogSource, streams: ReadonlySet<LogStream>, start: LogPosition): Promise<IndexedLines> {
    const lines = new IndexedLines(log, streams, start);
    for (const stream of LOG_STREAMS) await lines.#recall(stream, start);
    return lines;
  }

  /** The beginning of the line that goes on at `start`. */
  async #recall(stream: LogStream, start: LogPosition): Promise<void> {
    const end = start.read?.[stream] ?? 0;
    for (let position = start.from[stream] ?? end; position < end; ) {
      const bytes = await this.#ahead.read(stream, position, Math.min(CHUNK_BYTES, end - position));
      if (bytes.length === 0) return;
      position += bytes.length;
      this.#cutters[stream].push(bytes);
    }
  }

  batch(items: readonly LogItem[], unfinished: LogBatch["unfinished"] = []): LogBatch {
    return { items, unfinished, next: this.#position() };
  }

  /** An unfinished line is read once more by whoever begins here. */
  #position(): LogPosition {
    const from: Partial<Record<LogStream, number>> = {};
    for (const stream of LOG_STREAMS) {
      const read = this.#from[stream];
      if (read !== undefined) from[stream] = read - this.#cutters[stream].pendingBytes;
    }
    return { entry: this.#entry, from, read: { ...this.#from } };
  }

  /** Everything that is indexed and not yet read. */
  async *available(signal?: AbortSignal): AsyncGenerator<LogBatch> {
    let isNew = false;
    for (;;) {
      const entries = await this.#log.entries(this.#entry);
      if (entries.length === 0) break;
      let items: LogItem[] = [];
      let size = 0;
      for (const entry of entries) {
        if (signal?.aborted === true) return;
        if (this.#streams.has(entry.stream)) {
          isNew = true;
          for await (const { pieces, bytes } of this.#readEntry(entry)) {
            items.push(...pieces);
            size += bytes;
            if (items.length < BATCH_ITEMS && size < BATCH_BYTES) continue;
            yield this.batch(items);
            items = [];
            size = 0;
          }
        }
        this.#entry += 1;
      }
      if (items.length > 0) yield this.batch(items);
    }
    if (isNew) yield this.batch([], this.#unfinished());
  }

  /** The last lines, where they lack their newline. */
  end(): readonly LogItem[] {
    return LOG_STREAMS.flatMap((stream) =>
      this.#cutters[stream].end().map((piece) => ({ at: this.#lastAt[stream] ?? 0, stream, ...piece })),
    );
  }

  get isMidLine(): boolean {
    return this.#unfinished().length > 0;
  }

  /** The unfinished lines, if nothing has come for so long. */
  flushQuiet(quietMs: number): readonly LogItem[] {
    if (performance.now() - this.#readAt < quietMs) return [];
    return LOG_STREAMS.flatMap((stream) =>
      this.#cutters[stream].flush().map((piece) => ({ at: this.#lastAt[stream] ?? 0, stream, ...piece })),
    );
  }

  #unfinished(): LogBatch["unfinished"] {
    return LOG_STREAMS.map((stream) => ({ stream, text: this.#cutters[stream].unfinished() })).filter(
      ({ text }) => text !== "",
    );
  }

  /** Chunk by chunk: the first entry that is read may begin within a line of any length. */
  async *#readEntry(
    entry: IndexEntry,
  ): AsyncGenerator<{ readonly pieces: readonly LogItem[]; readonly bytes: number }> {
    const { at, stream } = entry;
    const end = entry.offset + entry.length;
    this.#lastAt[stream] = at;
    this.#readAt = performance.now();
    let position = await this.#startIn(entry);
    while (position < end) {
      const bytes = await this.#ahead.read(stream, position, Math.min(CHUNK_BYTES, end - position));
      if (bytes.length === 0) return;
      position += bytes.length;
      this.#from[stream] = position;
      const pieces = this.#cutters[stream].push(bytes).map((piece) => ({ at, stream, ...piece }));
      yield { pieces, bytes: bytes.length };
    }
  }

  /** The first entry of a stream that is read may begin within a line: then the line's beginning is read, too. */
  async #startIn({ stream, offset }: IndexEntry): Promise<number> {
    const known = this.#from[stream];
    if (known !== undefined) return known;
    const read = (from: number, length: number): Promise<Buffer> => this.#log.read(stream, from, length);
    const begin = (await this.#log.begin?.())?.from[stream] ?? 0;
    return (await startOfLine(read, offset, offset - begin)) ?? begin;
  }
}
