import { CHUNK_BYTES, type IndexEntry, type LogStream } from "./log-index.ts";

/**
 * The log of one execution, wherever it lies: the bytes of both streams, and the entries of the index, which say in
 * which order they came. Entries have the same numbers and streams the same offsets in every place, so that a reader
 * goes on in one place where it left off in another.
 */
export interface LogSource extends AsyncDisposable {
  /** Up to `count` entries from number `first` on; fewer at the end. */
  entries(first: number, count?: number): Promise<readonly IndexEntry[]>;
  /** Returns the number of entries so far. */
  entryCount(): Promise<number>;
  /** Bytes of a stream, at most `CHUNK_BYTES`; fewer at its end. */
  read(stream: LogStream, offset: number, length: number): Promise<Buffer>;
  /** The place where the kept log begins; nothing before it can be read. Absent: everything can. */
  begin?(): Promise<LogBegin>;
  /** Returns true if all is there that was printed, of a step that has ended. Absent: yes. */
  isWhole?(): Promise<boolean>;
  /**
   * Calls back when there may be more; `onBroken` says that it no longer does. Absent or undefined where nothing tells,
   * and looking again is the only way.
   */
  watch?(onChange: () => void, onBroken: () => void): Disposable | undefined;
}

export interface LogBegin {
  /** Number of the first entry. */
  readonly entry: number;
  /** First byte of each stream. */
  readonly from: Readonly<Record<LogStream, number>>;
}

/** The receiver of a log's bytes, in the order in which they came. `at` never goes back. */
export interface LogSink {
  append(stream: LogStream, at: number, bytes: Uint8Array): Promise<void>;
}

/** Nothing was printed, or nothing of it is left. */
export const NO_LOG: LogSource = {
  entries: async () => [],
  entryCount: async () => 0,
  read: async () => Buffer.alloc(0),
  [Symbol.asyncDispose]: async () => undefined,
};

/**
 * Reads a stream forwards. The index of a step that prints line by line has an entry for every few bytes; to read
 * 256 KiB ahead makes one call of a thousand.
 */
export class ReadAhead {
  readonly #source: LogSource;
  readonly #windows: Partial<Record<LogStream, { readonly offset: number; readonly bytes: Buffer }>> = {};

  constructor(source: LogSource) {
    this.#source = source;
  }

  /** Valid until the next call for the same stream. */
  async read(stream: LogStream, offset: number, length: number): Promise<Buffer> {
    const window = this.#windows[stream];
    if (window !== undefined && offset >= window.offset && offset + length <= window.offset + window.bytes.length) {
      return window.bytes.subarray(offset - window.offset, offset - window.offset + length);
    }
    const bytes = await this.#source.read(stream, offset, CHUNK_BYTES);
    this.#windows[stream] = { offset, bytes };
    return bytes.subarray(0, length);
  }
}
