import { stripVTControlCharacters } from "node:util";
import { type LogItem, type LogPosition, type LogSource, readLogBatches, startOfLog } from "../../contract/index.ts";
import { FirstError } from "./first-error.ts";
import { type LogGroup, LogGroups } from "./log-groups.ts";

/** So many lines at least lie between two places from which the log is read. */
const APART = 1_000;

interface Mark {
  readonly line: number;
  readonly position: LogPosition;
}

export interface FoundLines {
  readonly lines: readonly { readonly number: number; readonly item: LogItem }[];
  /** Behind the last one. */
  readonly position: LogPosition;
  /** So many lines behind the position are among them as well. */
  readonly skip: number;
}

/**
 * The numbers of the lines of a log, from 0: where to begin in order to read any of them. The log is read once for it,
 * from where an earlier look ended. A line of more than 64 KiB counts by its pieces; one without an end does not count
 * before the log has ended.
 */
export class LogMap {
  readonly #marks: Mark[] = [];
  readonly #error = new FirstError();
  readonly #groups = new LogGroups();
  #lines = 0;
  #isWhole = false;
  #growing: Promise<void> = Promise.resolve();

  /** Number of lines that were looked at. */
  get count(): number {
    return this.#lines;
  }

  /** No line comes any more. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get firstError(): number | undefined {
    return this.#error.line;
  }

  get groups(): readonly LogGroup[] {
    return this.#groups.found;
  }

  /** Looks at what came since. The one who asks first reads; `signal` ends that without an error. */
  async grow(
    log: LogSource,
    { isEnded, signal }: { readonly isEnded: boolean; readonly signal?: AbortSignal },
  ): Promise<void> {
    const grown = this.#growing.then(() => this.#grow(log, isEnded, signal));
    this.#growing = grown.catch(() => undefined);
    await grown;
  }

  async #grow(log: LogSource, isEnded: boolean, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isWhole) return;
    this.#end ??= await startOfLog(log, {});
    if (this.#marks.length === 0) this.#marks.push({ line: 0, position: this.#end });
    for await (const { items, next } of readLogBatches(log, { from: this.#end, isToGoOn: !isEnded })) {
      for (const { text } of items) {
        this.#groups.take(this.#lines, text);
        this.#error.take(this.#lines++, plainText(text));
      }
      this.#end = next;
      if (this.#lines - (this.#marks.at(-1)?.line ?? 0) >= APART)
        this.#marks.push({ line: this.#lines, position: next });
      if (signal?.aborted === true) return;
    }
    this.#isWhole = isEnded && (await log.isWhole?.()) !== false;
  }

  /** The place at which the next look begins. */
  #end: LogPosition | undefined;

  /**
   * Up to `most` lines from number `first` on that are wanted, of at most `mostCharacters`, of the lines that were
   * looked at.
   */
  async read(
    log: LogSource,
    {
      first,
      most,
      mostCharacters,
      isWanted,
    }: {
      readonly first: number;
      readonly most: number;
      readonly mostCharacters: number;
      readonly isWanted?: (text: string) => boolean;
    },
    signal?: AbortSignal,
  ): Promise<FoundLines> {
    const mark = this.#markBefore(first);
    const lines: { readonly number: number; readonly item: LogItem }[] = [];
    let { line: number, position } = mark;
    let skip = 0;
    let characters = 0;
    if (number >= this.#lines) return { lines, position, skip };
    for await (const { items, next } of readLogBatches(log, { from: position, isToGoOn: !this.#isWhole })) {
      skip = 0;
      for (const item of items) {
        const isLast = number >= this.#lines || lines.length >= most || characters >= mostCharacters;
        if (isLast) return { lines, position, skip };
        skip += 1;
        if (number >= first && isWanted?.(item.text) !== false) {
          lines.push({ number, item });
          characters += item.text.length;
        }
        number += 1;
      }
      position = next;
      skip = 0;
      if (signal?.aborted === true) break;
    }
    return { lines, position, skip };
  }

  #markBefore(line: number): Mark {
    let [low, high] = [0, this.#marks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#marks[middle]?.line ?? 0) <= line) low = middle;
      else high = middle - 1;
    }
    return this.#marks[low] ?? { line: 0, position: { entry: 0, from: {} } };
  }
}

/** The text alone, as it is read and searched. A progress bar writes its line anew: its last state counts. */
export function plainText(text: string): string {
  const shown = text.includes("\r") ? (text.split("\r").findLast((part) => part !== "") ?? "") : text;
  return shown.includes("\u001b") ? stripVTControlCharacters(shown) : shown;
}
