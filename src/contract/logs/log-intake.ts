import { fstatSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import type { MetadataRecord } from "../../store/index.ts";
import { explainDiskFailure } from "../disk-failure.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { Wakeup, watchFolder } from "../wakeup.ts";
import { Arrivals } from "./arrivals.ts";
import { startOfLine } from "./line-start.ts";
import { CHUNK_BYTES, ENTRY_BYTES, encodeEntry, findIndexEnd, type IndexEnd, LOG_STREAMS, type LogStream } from "./log-index.ts";
import { MAX_METADATA_LINE_BYTES, MetadataScanner } from "./metadata-scanner.ts";

/** After a look that found something: so long is gathered before the next one. A step that prints line by line costs 50 looks a second. */
const GATHER_MS = 20;
/** The same where the look found metadata, since every batch is a transaction of the store. */
const GATHER_METADATA_MS = 100;
/** Looks without being called: where changes are reported, and where they are not (network file systems, no watches left). */
const PATROL_MS = 2000;
const PATROL_UNWATCHED_MS = 250;

export interface LogIntakeOptions {
  readonly folder: ExecutionFolder;
  /** Metadata in the order of the log. Awaited before more is read; after a crash the same offsets may come again. */
  readonly onMetadata?: (points: readonly MetadataRecord[]) => Promise<void>;
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
 * The index is the only truth about how far the intake came. For each chunk the metadata is delivered first and the entry written
 * after it, so that a crash between the two delivers the same points again rather than never. A new intake on the same folder
 * carries on at the index's end, with the beginning of an unfinished line read back from the file.
 */
export class LogIntake implements AsyncDisposable {
  readonly #options: LogIntakeOptions;
  readonly #now: () => number;
  readonly #index: FileHandle;
  readonly #logs: Partial<Record<LogStream, FileHandle>> = {};
  readonly #taken: Record<LogStream, number>;
  /** What came before this intake was there. */
  readonly #arrivals: Arrivals;
  #entries: number;
  #lastAt: number;
  #scanner = new MetadataScanner();
  /** Held only while there is something to read: an idle intake costs no memory worth naming. */
  #buffer: Buffer | undefined;
  #pointsInPass = 0;
  /** Called when the logs change, and at the end. */
  readonly #wakeup = new Wakeup();
  /** Called at the end only: what ends the pause in which output gathers. */
  readonly #end = new Wakeup();
  #watch: Disposable | undefined;
  #following: Promise<void> = Promise.resolve();
  #ending = false;
  #failure: { readonly error: unknown } | undefined;

  private constructor(options: LogIntakeOptions, index: FileHandle, end: IndexEnd, arrivals: Arrivals) {
    this.#arrivals = arrivals;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#index = index;
    this.#taken = { ...end.taken };
    this.#entries = end.entries;
    this.#lastAt = end.lastAt;
  }

  /** Starts to follow the logs of a folder, or carries on where an earlier intake ended. */
  static async open(options: LogIntakeOptions): Promise<LogIntake> {
    const { logs } = options.folder;
    const index = await open(join(logs, "index"), "a+").catch((error: unknown) => {
      throw explainDiskFailure(error, "begin the log's index");
    });
    try {
      const isNew = fstatSync(index.fd).size === 0;
      const end = isNew ? NOTHING_TAKEN : await endOfOld(index, logs);
      const intake = new LogIntake(options, index, end, Arrivals.read(logs, end.taken));
      if (!isNew) await intake.#recallUnfinishedLine();
      intake.#follow();
      return intake;
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  /** To be called when the step's process has ended: reads to the end of both files, and closes the intake. Throws what made it fail. */
  async drain(): Promise<void> {
    await this.#stopFollowing();
    try {
      // Nobody writes any more: what is less than a chunk ends at the end of the file.
      while (this.#failure === undefined && (await this.#pass()) >= CHUNK_BYTES);
      if (this.#failure === undefined) await this.#deliver(this.#scanner.end(this.#time()));
    } finally {
      await this.#close();
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Stops without reading on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stopFollowing();
    await this.#close();
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
      const taken = await this.#pass();
      if (taken === 0) {
        this.#buffer = undefined;
        await this.#wakeup.sleep(this.#watch === undefined ? PATROL_UNWATCHED_MS : PATROL_MS);
      } else if (taken < CHUNK_BYTES) await this.#end.sleep(this.#pointsInPass > 0 ? GATHER_METADATA_MS : GATHER_MS);
    }
  }

  /** One chunk of each stream, in turn, so that a flood on one does not hold up the other. Returns how many bytes it took. */
  async #pass(): Promise<number> {
    this.#pointsInPass = 0;
    let taken = 0;
    for (let stream = this.#arrivals.next(); stream !== undefined; stream = this.#arrivals.next()) {
      const length = await this.#takeChunk(stream);
      if (length === 0) this.#arrivals.forget(stream);
      taken += length;
    }
    for (const stream of this.#inOrder()) taken += await this.#takeChunk(stream);
    return taken;
  }

  /** What was written to last is taken last: nothing else tells which of two pipes a step has written to first. */
  #inOrder(): readonly LogStream[] {
    const [stdout, stderr] = [this.#writtenAt("stdout"), this.#writtenAt("stderr")];
    return stdout !== undefined && stderr !== undefined && stderr < stdout ? ["stderr", "stdout"] : LOG_STREAMS;
  }

  /** Undefined where nothing new is there. */
  #writtenAt(stream: LogStream): number | undefined {
    const log = this.#logs[stream];
    const stats = log === undefined ? undefined : fstatSync(log.fd);
    return stats !== undefined && stats.size > this.#taken[stream] ? stats.mtimeMs : undefined;
  }

  async #takeChunk(stream: LogStream): Promise<number> {
    const log = await this.#openLog(stream);
    if (log === undefined) return 0;
    this.#buffer ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const offset = this.#taken[stream];
    const backlog = this.#arrivals.of(stream);
    const most = backlog === undefined ? CHUNK_BYTES : Math.min(CHUNK_BYTES, backlog.end - offset);
    const { bytesRead: length } = await log.read(this.#buffer, 0, most, offset);
    if (length === 0) return 0;
    const at = this.#time(backlog?.at);
    this.#options.onActivity?.(at);
    if (stream === "stdout") await this.#deliver(this.#scanner.push(this.#buffer.subarray(0, length), at));
    this.#note(encodeEntry({ at, stream, offset, length }));
    this.#taken[stream] = offset + length;
    this.#arrivals.read(stream, offset + length);
    return length;
  }

  async #deliver(points: readonly MetadataRecord[]): Promise<void> {
    this.#pointsInPass += points.length;
    if (points.length > 0) await this.#options.onMetadata?.(points);
  }

  /**
   * An engine that was thought dead and comes to must not write into the index of its successor. Synchronous: 16 bytes for the page cache
   * take a tenth of the way to a thread and back.
   */
  #note(entry: Buffer): void {
    if (fstatSync(this.#index.fd).size !== this.#entries * ENTRY_BYTES) {
      throw new HeadraceError("HR_CONFLICT", `Another process reads the logs in ${this.#options.folder.logs}.`, {
        hint: "Let one engine at a time run this execution.",
      });
    }
    try {
      writeSync(this.#index.fd, entry);
    } catch (error) {
      throw explainDiskFailure(error, "note what the step printed");
    }
    this.#entries += 1;
    faultPoint("index-entry-written");
  }

  /** Never goes back, even when the machine's clock does. */
  #time(cameAt = Number.POSITIVE_INFINITY): number {
    this.#lastAt = Math.max(this.#lastAt, Math.min(cameAt, this.#now()));
    return this.#lastAt;
  }

  async #openLog(stream: LogStream): Promise<FileHandle | undefined> {
    const log = this.#logs[stream] ?? (await openIfPresent(join(this.#options.folder.logs, stream)));
    if (log !== undefined) this.#logs[stream] = log;
    return log;
  }

  async #recallUnfinishedLine(): Promise<void> {
    const taken = this.#taken.stdout;
    const log = taken === 0 ? undefined : await this.#openLog("stdout");
    if (log === undefined) return;
    const lineStart = await startOfLine(log, taken, MAX_METADATA_LINE_BYTES + 1);
    if (lineStart === undefined) {
      this.#scanner = MetadataScanner.insideLongLine(taken);
      return;
    }
    const bytes = Buffer.allocUnsafe(taken - lineStart);
    await log.read(bytes, 0, bytes.length, lineStart);
    this.#scanner = new MetadataScanner(lineStart);
    this.#scanner.push(bytes, this.#lastAt);
  }

  async #stopFollowing(): Promise<void> {
    this.#ending = true;
    this.#watch?.[Symbol.dispose]();
    this.#wakeup.call();
    this.#end.call();
    await this.#following;
  }

  async #close(): Promise<void> {
    this.#buffer = undefined;
    await Promise.all([this.#index.close(), this.#logs.stdout?.close(), this.#logs.stderr?.close()]);
  }
}

const NOTHING_TAKEN: IndexEnd = { entries: 0, taken: { stdout: 0, stderr: 0 }, lastAt: 0 };

/** Cuts off what a crash has left behind the last entry that stands. */
async function endOfOld(index: FileHandle, logs: string): Promise<IndexEnd> {
  const end = await findIndexEnd(index, { stdout: await sizeOf(join(logs, "stdout")), stderr: await sizeOf(join(logs, "stderr")) });
  await index.truncate(end.entries * ENTRY_BYTES);
  return end;
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await openIfPresent(path);
  if (file === undefined) return 0;
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}
