import { closeSync, fstatSync, ftruncateSync, openSync, read, statSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import type { MetadataRecord } from "../../store/index.ts";
import { explainDiskFailure } from "../disk-failure.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { Wakeup, watchFolder } from "../wakeup.ts";
import { Arrivals } from "./arrivals.ts";
import { startOfLine } from "./line-start.ts";
import {
  CHUNK_BYTES,
  ENTRY_BYTES,
  encodeEntry,
  findIndexEnd,
  type IndexEnd,
  LOG_STREAMS,
  type LogStream,
} from "./log-index.ts";
import { MAX_METADATA_LINE_BYTES, MetadataScanner } from "./metadata-scanner.ts";
import { ReadOrder } from "./read-order.ts";

/**
 * After a look that found something: so long is gathered before the next one. A step that prints line by line costs 50
 * looks a second.
 */
const GATHER_MS = 20;
/** The same where the look found metadata, since every batch is a transaction of the store. */
const GATHER_METADATA_MS = 100;
/**
 * Looks without being called: where changes are reported, and where they are not (network file systems, no watches
 * left).
 */
const PATROL_MS = 2000;
const PATROL_UNWATCHED_MS = 250;
/** Tries so often whether there is room again. */
const FULL_MS = 1000;

const readPart = promisify(read);

/** So many entries are written together. */
const NOTED_AT_ONCE = 4096;

interface Window {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
}

export interface LogIntakeOptions {
  readonly folder: ExecutionFolder;
  /** Metadata in the order of the log. Awaited before more is read; after a crash the same offsets may come again. */
  readonly onMetadata?: (points: readonly MetadataRecord[]) => Promise<void>;
  /** A line of stdout begins like metadata and is too long to be read as it. */
  readonly onLongLine?: () => void;
  /** The step printed something. */
  readonly onActivity?: (at: number) => void;
  /** The intake has stopped because of this error; `drain` throws it, too. */
  readonly onFailure?: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * Follows what a step prints: notes in `logs/index` when which bytes came, and hands on the metadata among them.
 *
 * The index is the only truth about how far the intake came. For each chunk the metadata is delivered first and the
 * entry written after it, so that a crash between the two delivers the same points again rather than never. A new
 * intake on the same folder carries on at the index's end, with the beginning of an unfinished line read back from the
 * file.
 *
 * Files are opened, looked at and closed on the spot: to ask another thread takes ten times as much of a processor, and
 * most steps print nothing or some lines. Only what may be long, the reading, goes to one.
 */
export class LogIntake implements AsyncDisposable {
  readonly #options: LogIntakeOptions;
  readonly #now: () => number;
  /** Descriptors of open files, until the intake is closed. */
  readonly #index: number;
  readonly #logs: Partial<Record<LogStream, number>> = {};
  #isClosed = false;
  readonly #taken: Record<LogStream, number>;
  /** The bytes that came before this intake was there. */
  readonly #arrivals: Arrivals;
  readonly #order: ReadOrder;
  /** Entries of this pass that are not written yet. */
  readonly #noted: Buffer[] = [];
  /** The last pass failed since the disk had no room for them. */
  #lacksRoom = false;
  #entries: number;
  #lastAt: number;
  #scanner: MetadataScanner;
  /**
   * Bytes that were read and not all taken. Held only while there is something to read: an idle intake costs no memory.
   */
  #windows: Partial<Record<LogStream, Window>> = {};
  #pointsInPass = 0;
  /** Called when the logs change, and at the end. */
  readonly #wakeup = new Wakeup();
  /** Called at the end only: what ends the pause in which output gathers. */
  readonly #end = new Wakeup();
  #watch: Disposable | undefined;
  #following: Promise<void> = Promise.resolve();
  #ending = false;
  #failure: { readonly error: unknown } | undefined;

  private constructor(options: LogIntakeOptions, index: number, end: IndexEnd, arrivals: Arrivals) {
    this.#arrivals = arrivals;
    this.#order = new ReadOrder(options.folder.logs);
    this.#options = options;
    this.#scanner = new MetadataScanner(0, options.onLongLine);
    this.#now = options.now ?? Date.now;
    this.#index = index;
    this.#taken = { ...end.taken };
    this.#entries = end.entries;
    this.#lastAt = end.lastAt;
  }

  /** Starts to follow the logs of a folder, or carries on where an earlier intake ended. */
  static async open(options: LogIntakeOptions): Promise<LogIntake> {
    const { logs } = options.folder;
    const index = openIndex(join(logs, "index"));
    try {
      const isNew = fstatSync(index).size === 0;
      const end = isNew ? NOTHING_TAKEN : await endOfOld(index, logs);
      const intake = new LogIntake(options, index, end, Arrivals.read(logs, end.taken));
      if (!isNew) await intake.#recallUnfinishedLine();
      intake.#follow();
      return intake;
    } catch (error) {
      closeSync(index);
      throw error;
    }
  }

  /**
   * To be called when the step's process has ended: reads to the end of both files, and closes the intake. Throws what
   * made it fail.
   */
  async drain(): Promise<void> {
    await this.#stopFollowing();
    try {
      // Nobody writes any more: what is less than a chunk ends at the end of the file.
      if (this.#failure === undefined) this.#writeNoted();
      while (this.#failure === undefined && (await this.#pass()) >= CHUNK_BYTES);
      if (this.#failure === undefined) await this.#deliver(this.#scanner.end(this.#time()));
    } finally {
      this.#close();
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Stops without reading on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopFollowing();
    this.#close();
  }

  #follow(): void {
    const watch = watchFolder(
      this.#options.folder.logs,
      (name) => {
        if (name !== "index") this.#wakeup.call();
      },
      () => {
        this.#watch = undefined;
      },
    );
    this.#watch = watch;
    this.#following = this.#passUntilEnding().catch((error: unknown) => {
      this.#failure = { error };
      this.#options.onFailure?.(error);
    });
  }

  async #passUntilEnding(): Promise<void> {
    while (!this.#ending) {
      const taken = await this.#passWithRoom();
      if (taken === undefined) {
        await this.#end.sleep(FULL_MS);
        continue;
      }
      if (taken === 0) {
        this.#windows = {};
        await this.#wakeup.sleep(this.#watch === undefined ? PATROL_UNWATCHED_MS : PATROL_MS);
      } else if (taken < CHUNK_BYTES) await this.#end.sleep(this.#pointsInPass > 0 ? GATHER_METADATA_MS : GATHER_MS);
    }
  }

  /**
   * Undefined where the disk has no room for the index: the step's bytes are in their files, and there may be room
   * again before its end. `drain` does not wait for that.
   */
  async #passWithRoom(): Promise<number | undefined> {
    this.#lacksRoom = false;
    try {
      this.#writeNoted();
      return await this.#pass();
    } catch (error) {
      // Not where it is the records that lack room: their points would be lost.
      if (this.#lacksRoom) return undefined;
      throw error;
    }
  }

  /**
   * Takes what came, in the order in which it came, as far as that is known; about a chunk of it. Returns how many
   * bytes it took: less than a chunk if nothing is left that was there at its beginning.
   */
  async #pass(): Promise<number> {
    this.#pointsInPass = 0;
    // Before the order is read: it is then known for everything up to here.
    const sizes = { stdout: this.#sizeOf("stdout"), stderr: this.#sizeOf("stderr") };
    let taken = await this.#takeRuns(sizes);
    if (taken < CHUNK_BYTES) {
      for (let stream = this.#arrivals.next(); stream !== undefined; stream = this.#arrivals.next()) {
        const length = await this.#takeChunk(stream, sizes[stream]);
        if (length === 0) this.#arrivals.forget(stream);
        taken += length;
      }
      for (const stream of this.#inOrder(sizes)) taken += await this.#takeChunk(stream, sizes[stream]);
    }
    this.#writeNoted();
    return taken;
  }

  /** Until about a chunk is taken, so that a flood on one stream does not hold up the other. */
  async #takeRuns(sizes: Readonly<Record<LogStream, number>>): Promise<number> {
    let taken = 0;
    for (let run = this.#order.next(this.#taken); run !== undefined; run = this.#order.next(this.#taken)) {
      const { stream } = run;
      const length = await this.#takeChunk(stream, Math.min(run.end, sizes[stream]));
      taken += length;
      if (taken >= CHUNK_BYTES) break;
      if (length > 0) continue;
      // It came since the look at the sizes: another pass follows. Or never: its note comes after its bytes.
      if (this.#sizeOf(stream) >= run.end) return CHUNK_BYTES;
      this.#order.drop();
    }
    return taken;
  }

  /** Puts the stream that was written to last at the end, if nothing else tells which of two pipes came first. */
  #inOrder(sizes: Readonly<Record<LogStream, number>>): readonly LogStream[] {
    const [stdout, stderr] = [this.#writtenAt("stdout", sizes), this.#writtenAt("stderr", sizes)];
    return stdout !== undefined && stderr !== undefined && stderr < stdout ? ["stderr", "stdout"] : LOG_STREAMS;
  }

  /** Undefined where nothing new is there. */
  #writtenAt(stream: LogStream, sizes: Readonly<Record<LogStream, number>>): number | undefined {
    const log = this.#logs[stream];
    return log !== undefined && sizes[stream] > this.#taken[stream] ? fstatSync(log).mtimeMs : undefined;
  }

  #sizeOf(stream: LogStream): number {
    const log = this.#openLog(stream);
    return log === undefined ? 0 : fstatSync(log).size;
  }

  /** At most a chunk, up to `end`. */
  async #takeChunk(stream: LogStream, end: number): Promise<number> {
    const offset = this.#taken[stream];
    const backlog = this.#arrivals.of(stream);
    const most = Math.min(CHUNK_BYTES, end - offset, (backlog?.end ?? end) - offset);
    const bytes = most <= 0 ? undefined : await this.#read(stream, offset, most);
    if (bytes === undefined || bytes.length === 0) return 0;
    const at = this.#time(backlog?.at);
    this.#options.onActivity?.(at);
    if (stream === "stdout") await this.#deliver(this.#scanner.push(bytes, at));
    this.#noted.push(encodeEntry({ at, stream, offset, length: bytes.length }));
    this.#taken[stream] = offset + bytes.length;
    this.#arrivals.read(stream, offset + bytes.length);
    if (this.#noted.length >= NOTED_AT_ONCE) this.#writeNoted();
    return bytes.length;
  }

  /** A chunk at a time: lines that alternate between the streams are a few bytes each. */
  async #read(stream: LogStream, offset: number, length: number): Promise<Buffer> {
    const window = this.#windows[stream];
    const start = window === undefined ? -1 : offset - window.offset;
    if (window !== undefined && start >= 0 && start + length <= window.length)
      return window.buffer.subarray(start, start + length);
    const log = this.#openLog(stream);
    const buffer = window?.buffer ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const { bytesRead } = log === undefined ? { bytesRead: 0 } : await readPart(log, buffer, 0, CHUNK_BYTES, offset);
    this.#windows[stream] = { buffer, offset, length: bytesRead };
    return buffer.subarray(0, Math.min(length, bytesRead));
  }

  async #deliver(points: readonly MetadataRecord[]): Promise<void> {
    this.#pointsInPass += points.length;
    if (points.length > 0) await this.#options.onMetadata?.(points);
  }

  /**
   * An engine that was thought dead and comes to must not write into the index of its successor. Synchronous: some
   * bytes for the page cache take a tenth of the way to a thread and back.
   */
  #writeNoted(): void {
    if (this.#noted.length === 0) return;
    if (fstatSync(this.#index).size !== this.#entries * ENTRY_BYTES) {
      throw new HeadraceError("HR_CONFLICT", `another process reads the logs in ${this.#options.folder.logs}`, {
        hint: "let one engine at a time run this execution",
      });
    }
    const entries = Buffer.concat(this.#noted);
    try {
      for (let written = 0; written < entries.length; ) written += writeSync(this.#index, entries, written);
    } catch (error) {
      const explained = explainDiskFailure(error, "note what the step printed");
      this.#lacksRoom = explained !== error;
      // They are written once more, whole.
      ftruncateSync(this.#index, this.#entries * ENTRY_BYTES);
      throw explained;
    }
    this.#entries += this.#noted.length;
    this.#noted.length = 0;
    faultPoint("index-entry-written");
  }

  /** Never goes back, even when the machine's clock does. */
  #time(cameAt = Number.POSITIVE_INFINITY): number {
    this.#lastAt = Math.max(this.#lastAt, Math.min(cameAt, this.#now()));
    return this.#lastAt;
  }

  #openLog(stream: LogStream): number | undefined {
    const log = this.#logs[stream] ?? openIfPresent(join(this.#options.folder.logs, stream));
    if (log !== undefined) this.#logs[stream] = log;
    return log;
  }

  async #recallUnfinishedLine(): Promise<void> {
    const taken = this.#taken.stdout;
    const log = taken === 0 ? undefined : this.#openLog("stdout");
    if (log === undefined) return;
    const lineStart = await startOfLine(
      async (offset, length) => {
        const block = Buffer.allocUnsafe(length);
        return block.subarray(0, (await readPart(log, block, 0, length, offset)).bytesRead);
      },
      taken,
      MAX_METADATA_LINE_BYTES + 1,
    );
    if (lineStart === undefined) {
      this.#scanner = MetadataScanner.insideLongLine(taken, this.#options.onLongLine);
      return;
    }
    const bytes = Buffer.allocUnsafe(taken - lineStart);
    await readPart(log, bytes, 0, bytes.length, lineStart);
    this.#scanner = new MetadataScanner(lineStart, this.#options.onLongLine);
    this.#scanner.push(bytes, this.#lastAt);
  }

  async #stopFollowing(): Promise<void> {
    this.#ending = true;
    this.#watch?.[Symbol.dispose]();
    this.#wakeup.call();
    this.#end.call();
    await this.#following;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#windows = {};
    this.#order[Symbol.dispose]();
    for (const file of [this.#index, this.#logs.stdout, this.#logs.stderr]) if (file !== undefined) closeSync(file);
  }
}

const NOTHING_TAKEN: IndexEnd = { entries: 0, taken: { stdout: 0, stderr: 0 }, lastAt: 0 };

/** Cuts off what a crash has left behind the last entry that stands. */
async function endOfOld(index: number, logs: string): Promise<IndexEnd> {
  await using entries = await open(join(logs, "index"), "r");
  const end = await findIndexEnd(entries, {
    stdout: sizeOf(join(logs, "stdout")),
    stderr: sizeOf(join(logs, "stderr")),
  });
  ftruncateSync(index, end.entries * ENTRY_BYTES);
  return end;
}

function openIndex(path: string): number {
  try {
    return openSync(path, "a+");
  } catch (error) {
    throw explainDiskFailure(error, "begin the log's index");
  }
}

function openIfPresent(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
