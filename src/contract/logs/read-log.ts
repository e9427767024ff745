import type { ExecutionFolder } from "../execution-folder.ts";
import { Wakeup, watchFolder } from "../wakeup.ts";
import { LineCutter } from "./line-cutter.ts";
import { startOfLine } from "./line-start.ts";
import { LogFiles } from "./log-files.ts";
import { CHUNK_BYTES, type IndexEntry, LOG_STREAMS, type LogStream, readEntries } from "./log-index.ts";
import { findTail, LOG_BEGINNING, type LogStart } from "./log-tail.ts";

/** An unfinished line (a prompt, a progress bar) is given after so long. */
const PARTIAL_MS = 250;
/** How soon the end of an execution is noticed where nothing says so; changes of the log itself are reported at once. */
const PATROL_MS = 1000;
/** A batch is given when it holds so many lines, or is of so many bytes: a thousand pieces of a long line are 64 MB. */
const BATCH_ITEMS = 1000;
const BATCH_BYTES = 256 * 1024;

/** A line of a log, or a piece of one longer than 64 KiB. */
export interface LogItem {
  /** When its last byte came. */
  readonly at: number;
  readonly stream: LogStream;
  /** Without its line end. Bytes that are no UTF-8 appear as U+FFFD. */
  readonly text: string;
  /** The line goes on in the next item of the same stream. */
  readonly continues: boolean;
}

/** What came at once. */
export interface LogBatch {
  readonly items: readonly LogItem[];
  /** The line of each stream that has no end yet, as far as it came: its last 4 KiB at most. Only with the last batch of those at hand. */
  readonly unfinished: readonly Pick<LogItem, "stream" | "text">[];
}

export interface ReadLogOptions {
  /** Only this stream. */
  readonly stream?: LogStream;
  /** Only the last so many lines, found without reading what is before them. */
  readonly tail?: number;
  /** Waits for more until the log is finished. Without it, reads what is there. */
  readonly follow?: {
    /** The execution has ended and its log was read to the end. */
    readonly isFinished: () => boolean | Promise<boolean>;
    /** Calls back when `isFinished` may have changed; returns what ends that. (`events.listen` of a project fits.) */
    readonly onChange?: (listener: () => void) => () => void;
    /** Ends the reading without an error. */
    readonly signal?: AbortSignal;
    /** A line that has been waiting for its end for a moment is given as far as it is written, and goes on in further pieces. */
    readonly partial?: boolean;
  };
}

/**
 * The log of an execution, line by line, both streams in the order in which they came, as far as `LogIntake` has indexed it. Memory is flat
 * whatever the log's size. A line stands where it ended; an unfinished last line is given when the log is finished.
 */
export async function* readLog(folder: ExecutionFolder, options: ReadLogOptions = {}): AsyncGenerator<LogItem, void, undefined> {
  for await (const { items } of readLogBatches(folder, options)) yield* items;
}

/** The same, by what came at once: several times faster than item by item, and with the line that is being written. */
export async function* readLogBatches(folder: ExecutionFolder, options: ReadLogOptions = {}): AsyncGenerator<LogBatch, void, undefined> {
  await using files = new LogFiles(folder.logs);
  const streams = new Set(options.stream === undefined ? LOG_STREAMS : [options.stream]);
  const start = options.tail === undefined ? LOG_BEGINNING : await findTail(files, streams, options.tail);
  const lines = new IndexedLines(files, streams, start);
  if (options.follow !== undefined) yield* followLines(lines, folder.logs, options.follow);
  else yield* lines.available();
  if (options.follow?.signal?.aborted !== true) yield { items: lines.end(), unfinished: [] };
}

async function* followLines(lines: IndexedLines, logs: string, follow: NonNullable<ReadLogOptions["follow"]>): AsyncGenerator<LogBatch> {
  const wakeup = new Wakeup();
  const call = () => wakeup.call();
  let watch: Disposable | undefined;
  const unsubscribe = follow.onChange?.(call);
  follow.signal?.addEventListener("abort", call);
  try {
    while (follow.signal?.aborted !== true) {
      watch ??= watchFolder(logs, call, () => {
        watch = undefined;
      });
      // Asked before reading: what is written before the end is then surely read after the answer.
      const finished = await follow.isFinished();
      yield* lines.available(follow.signal);
      if (finished) return;
      if (follow.partial === true) yield { items: lines.flushQuiet(PARTIAL_MS), unfinished: [] };
      await wakeup.sleep(follow.partial === true && lines.isMidLine ? PARTIAL_MS : PATROL_MS);
    }
  } finally {
    watch?.[Symbol.dispose]();
    unsubscribe?.();
    follow.signal?.removeEventListener("abort", call);
  }
}

/** The reading position in an index, and what is unfinished there. */
class IndexedLines {
  readonly #files: LogFiles;
  readonly #streams: ReadonlySet<LogStream>;
  readonly #from: Partial<Record<LogStream, number>>;
  readonly #cutters: Readonly<Record<LogStream, LineCutter>> = { stdout: new LineCutter(), stderr: new LineCutter() };
  #entry: number;
  #lastAt: Partial<Record<LogStream, number>> = {};
  /** When something was last read, by this process's own clock. */
  #readAt = 0;

  constructor(files: LogFiles, streams: ReadonlySet<LogStream>, start: LogStart) {
    this.#files = files;
    this.#streams = streams;
    this.#entry = start.entry;
    this.#from = { ...start.from };
  }

  /** Everything that is indexed and not yet read. */
  async *available(signal?: AbortSignal): AsyncGenerator<LogBatch> {
    const index = await this.#files.handle("index");
    if (index === undefined) return;
    let isNew = false;
    for (;;) {
      const entries = await readEntries(index, this.#entry);
      if (entries.length === 0) break;
      let items: LogItem[] = [];
      let size = 0;
      for (const entry of entries) {
        if (signal?.aborted === true) return;
        this.#entry += 1;
        if (!this.#streams.has(entry.stream)) continue;
        isNew = true;
        for await (const { pieces, bytes } of this.#readEntry(entry)) {
          items.push(...pieces);
          size += bytes;
          if (items.length < BATCH_ITEMS && size < BATCH_BYTES) continue;
          yield { items, unfinished: [] };
          items = [];
          size = 0;
        }
      }
      if (items.length > 0) yield { items, unfinished: [] };
    }
    if (isNew) yield { items: [], unfinished: this.#unfinished() };
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
    return LOG_STREAMS.map((stream) => ({ stream, text: this.#cutters[stream].unfinished() })).filter(({ text }) => text !== "");
  }

  /** Chunk by chunk: the first entry that is read may begin within a line of any length. */
  async *#readEntry(entry: IndexEntry): AsyncGenerator<{ readonly pieces: readonly LogItem[]; readonly bytes: number }> {
    const { at, stream } = entry;
    const end = entry.offset + entry.length;
    this.#lastAt[stream] = at;
    this.#readAt = performance.now();
    let position = await this.#startIn(entry);
    while (position < end) {
      const bytes = await this.#files.read(stream, position, Math.min(CHUNK_BYTES, end - position));
      if (bytes.length === 0) return;
      position += bytes.length;
      yield { pieces: this.#cutters[stream].push(bytes).map((piece) => ({ at, stream, ...piece })), bytes: bytes.length };
    }
  }

  /** The first entry of a stream that is read may begin within a line: then the line's beginning is read, too. */
  async #startIn(entry: IndexEntry): Promise<number> {
    const known = this.#from[entry.stream];
    const log = known === undefined ? await this.#files.handle(entry.stream) : undefined;
    const start = known ?? (log === undefined ? entry.offset : ((await startOfLine(log, entry.offset)) ?? entry.offset));
    this.#from[entry.stream] = entry.offset + entry.length;
    return start;
  }
}
