import { statSync } from "node:fs";
import { join } from "node:path";
import { readArrivals } from "../../log-arrivals.ts";
import { LOG_STREAMS, type LogStream } from "./log-index.ts";

/** A range of bytes that came while no engine watched: when, and how far that holds. */
export interface Backlog {
  readonly at: number;
  /** The byte behind the last one. */
  readonly end: number;
}

/**
 * Remembers when the bytes came that an intake finds at its start. The process that watched in between has noted it; if
 * none did (the whole machine was busy dying, say), the time of the last write to the file is the latest that it can
 * have been.
 */
export class Arrivals {
  readonly #waiting: Readonly<Record<LogStream, Backlog[]>> = { stdout: [], stderr: [] };

  /** `taken`: how far each stream is indexed. */
  static read(logs: string, taken: Readonly<Record<LogStream, number>>): Arrivals {
    const arrivals = new Arrivals();
    for (const { at, stream, size } of readArrivals(logs)) arrivals.#add(stream, { at, end: size }, taken[stream]);
    for (const stream of LOG_STREAMS) {
      const stats = statSync(join(logs, stream), { throwIfNoEntry: false });
      if (stats !== undefined) arrivals.#add(stream, { at: Math.ceil(stats.mtimeMs), end: stats.size }, taken[stream]);
    }
    return arrivals;
  }

  /** The stream that came next. */
  next(): LogStream | undefined {
    const [stdout, stderr] = [this.#waiting.stdout[0], this.#waiting.stderr[0]];
    if (stdout === undefined) return stderr === undefined ? undefined : "stderr";
    return stderr === undefined || stdout.at <= stderr.at ? "stdout" : "stderr";
  }

  /** Returns what is known of the next byte of a stream. */
  of(stream: LogStream): Backlog | undefined {
    return this.#waiting[stream][0];
  }

  /** A stream is read so far. */
  read(stream: LogStream, taken: number): void {
    const waiting = this.#waiting[stream];
    while (waiting[0] !== undefined && waiting[0].end <= taken) waiting.shift();
  }

  /** The file was not so long: there is nothing to wait for. */
  forget(stream: LogStream): void {
    this.#waiting[stream].length = 0;
  }

  #add(stream: LogStream, backlog: Backlog, taken: number): void {
    const waiting = this.#waiting[stream];
    const last = waiting.at(-1);
    if (backlog.end <= Math.max(taken, last?.end ?? 0)) return;
    waiting.push({ ...backlog, at: Math.max(backlog.at, last?.at ?? 0) });
  }
}
