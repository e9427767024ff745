import { pause } from "../../concurrency/index.ts";
import { type LogBegin, type LogSource, type PartContent, readPart } from "../../contract/index.ts";
import { isFinal, type ProjectStore } from "../../store/index.ts";

/** The records are asked for more so often. */
const LOOK_MS = 300;
/** That somebody reads is said so often; an engine believes it for 15 s (engine/log-publisher.ts). */
const FOLLOW_MS = 5_000;
/** Not at once: mostly the step's folder is about to appear on this very machine. */
const FIRST_FOLLOW_MS = 500;
/** A reader that does not follow waits so long for a first part. */
const PATIENCE_MS = 3_000;
/** After the end of the execution its log is stored, by the engine or, where that died, by whoever comes after it. */
const STORED_MS = 30_000;

type LogStream = keyof PartContent["streams"];

type RemoteStore = {
  readonly logs: Pick<ProjectStore["logs"], "waits">;
  readonly liveLogs: Pick<ProjectStore["liveLogs"], "list">;
  readonly executions: Pick<ProjectStore["executions"], "get">;
};

export interface RemoteLogOptions {
  readonly executionId: string;
  readonly store: RemoteStore;
  /** The folder of the step, should it be on this machine. */
  readonly here: () => Promise<LogSource | undefined>;
  /** The log of the step that has ended, once it waits no more. */
  readonly stored: () => Promise<LogSource>;
  /** Says that somebody reads. */
  readonly ask: () => Promise<void>;
  /** More is waited for. */
  readonly follow: boolean;
  readonly signal?: AbortSignal | undefined;
}

interface HeldPart extends PartContent {
  readonly first: number;
}

/**
 * The log of a step that runs on another machine: the parts that its engine publishes in the records as long as this
 * asks for them, and from its end on the stored file. Parts are held until the end: some megabytes at most are
 * published at a time. If the step turns out to run on this machine, its own folder is read.
 */
export class RemoteLog implements LogSource {
  readonly #options: RemoteLogOptions;
  #parts: HeldPart[] = [];
  /** The stored file, once the step has ended, or the folder. */
  #kept: LogSource | undefined;
  #onMoved: (() => void) | undefined;
  /** Number of the first entry that is to be had. */
  #first: number | undefined;
  #askedAt = performance.now() - FOLLOW_MS + FIRST_FOLLOW_MS;
  #endedAt: number | undefined;

  constructor(options: RemoteLogOptions) {
    this.#options = options;
  }

  async begin(): Promise<LogBegin> {
    const since = performance.now();
    while (this.#first === undefined) {
      await this.#refresh();
      const [part] = this.#parts;
      if (this.#kept !== undefined || this.#isGivenUp(since)) this.#first = 0;
      else if (part !== undefined) this.#first = part.first;
      else await pause(LOOK_MS, this.#options.signal);
    }
    // If a stream comes later only, the part before its first one is not known either.
    const from = (stream: LogStream): number =>
      this.#parts.find(({ streams }) => streams[stream] !== undefined)?.streams[stream]?.offset ?? 0;
    return { entry: this.#first, from: { stdout: from("stdout"), stderr: from("stderr") } };
  }

  async entryCount(): Promise<number> {
    await this.begin();
    if (this.#kept !== undefined) return await this.#kept.entryCount();
    await this.#refresh();
    const last = this.#parts.at(-1);
    return last === undefined ? 0 : last.first + last.entries.length;
  }

  async entries(first: number, count = Number.POSITIVE_INFINITY): ReturnType<LogSource["entries"]> {
    await this.begin();
    let found = this.#entriesFrom(first, count);
    if (found.length === 0 && this.#kept === undefined) {
      await this.#refresh();
      found = this.#entriesFrom(first, count);
    }
    return found.length === 0 && this.#kept !== undefined ? await this.#kept.entries(first, finite(count)) : found;
  }

  async read(stream: LogStream, offset: number, length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const end = offset + length;
    let position = offset;
    for (const { streams } of this.#parts) {
      const held = streams[stream];
      if (held === undefined || position < held.offset || position >= held.offset + held.bytes.length) continue;
      const piece = held.bytes.subarray(position - held.offset, end - held.offset);
      pieces.push(piece);
      position += piece.length;
    }
    if (position === offset && this.#kept !== undefined) return await this.#kept.read(stream, offset, length);
    return Buffer.concat(pieces);
  }

  async isWhole(): Promise<boolean> {
    await this.#refresh();
    return this.#kept !== undefined || (this.#endedAt !== undefined && performance.now() - this.#endedAt > STORED_MS);
  }

  watch(onChange: () => void, onBroken: () => void): Disposable | undefined {
    if (this.#kept !== undefined) return this.#kept.watch?.(onChange, onBroken);
    this.#onMoved = onBroken;
    const timer = setInterval(onChange, LOOK_MS);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts = [];
    await this.#kept?.[Symbol.asyncDispose]();
  }

  #isGivenUp(since: number): boolean {
    const { follow, signal } = this.#options;
    if (signal?.aborted === true || this.#endedAt !== undefined) return true;
    return !follow && performance.now() - since > PATIENCE_MS;
  }

  #entriesFrom(first: number, count: number): PartContent["entries"] {
    const part = this.#parts.find((one) => first >= one.first && first < one.first + one.entries.length);
    return part === undefined ? [] : part.entries.slice(first - part.first, first - part.first + count);
  }

  /** The parts that came, or the place where the log lies now. */
  async #refresh(): Promise<void> {
    if (this.#kept !== undefined) return;
    const { store, executionId, here, stored, ask } = this.#options;
    this.#kept = await here();
    const state = (await store.executions.get(executionId))?.state ?? "error";
    if (this.#kept === undefined && isFinal(state)) {
      this.#endedAt ??= performance.now();
      if (!(await store.logs.waits(executionId))) this.#kept = await stored();
    }
    if (this.#kept !== undefined) {
      this.#onMoved?.();
      return;
    }
    if (!isFinal(state) && performance.now() - this.#askedAt > FOLLOW_MS) {
      this.#askedAt = performance.now();
      await ask();
    }
    await this.#takeParts();
  }

  async #takeParts(): Promise<void> {
    const { store, executionId } = this.#options;
    for (;;) {
      const last = this.#parts.at(-1);
      const next = last === undefined ? 0 : last.first + last.entries.length;
      const came = await store.liveLogs.list(executionId, next);
      if (came.length === 0) return;
      for (const part of came) {
        const held = this.#parts.at(-1);
        // Parts that were dropped in between are in the stored file at last.
        if (held !== undefined && part.first !== held.first + held.entries.length) return;
        this.#parts.push({ first: part.first, ...readPart(part) });
      }
    }
  }
}

function finite(count: number): number | undefined {
  return Number.isFinite(count) ? count : undefined;
}
