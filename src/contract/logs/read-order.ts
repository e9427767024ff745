import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { LOG_STREAMS, type LogStream } from "./log-index.ts";

const BLOCK_BYTES = 64 * 1024;

/** A piece of a log that was read in one go: a stream, up to this byte. */
export interface ReadRun {
  readonly stream: LogStream;
  readonly end: number;
}

/**
 * The order in which the reader of a step's two pipes took what came (executors/step/stream-reader.ts): the lines of
 * `logs/order`, as they come. If there is no such reader, there is no file, and no order is known.
 */
export class ReadOrder implements Disposable {
  readonly #path: string;
  readonly #runs: ReadRun[] = [];
  #file: number | undefined;
  #position = 0;
  #rest = "";

  constructor(logs: string) {
    this.#path = join(logs, "order");
  }

  /**
   * The first run that is not taken yet; undefined where what follows is all of one stream. A caller that looked at the
   * sizes of the files before it asks gets the order of everything up to these sizes.
   */
  next(taken: Readonly<Record<LogStream, number>>): ReadRun | undefined {
    for (;;) {
      const [run] = this.#runs;
      if (run === undefined) {
        if (!this.#readBlock()) return undefined;
      } else if (run.end > taken[run.stream]) return run;
      else this.#runs.shift();
    }
  }

  /** It speaks of bytes that are not there: a power cut took them. */
  drop(): void {
    this.#runs.shift();
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Synchronous, as it is a few bytes of the page cache, and most logs have none. False at the end. */
  #readBlock(): boolean {
    this.#file ??= openIfThere(this.#path);
    if (this.#file === undefined) return false;
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    const length = readSync(this.#file, block, 0, BLOCK_BYTES, this.#position);
    this.#position += length;
    const lines = (this.#rest + block.toString("latin1", 0, length)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const [name, end = ""] = line.split(" ");
      const stream = LOG_STREAMS.find((one) => one === name);
      if (stream !== undefined && /^\d{1,15}$/.test(end)) this.#runs.push({ stream, end: Number(end) });
    }
    return length > 0;
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    // Nobody noted anything, or it cannot be read: the order is lost, and nothing else.
    return undefined;
  }
}
