import { onAbort, pause } from "../../concurrency/index.ts";

/** A piece of a log, and the place behind it, from which a reader goes on. */
export interface Placed {
  readonly next: string;
}

/** Opens the log for one reader, behind `from` or where that reader begins, until the signal. */
export type OpenParts<Part extends Placed> = (from: string | undefined, signal: AbortSignal) => AsyncIterable<Part>;

/** Parts are kept for readers that are a little behind, up to so much. */
const KEPT_SIZE = 4 * 1_048_576;
/** The next part is waited for by the number of readers: many of them get fewer, longer ones. */
const MS_PER_READER = 0.25;
const MOST_MS = 50;
/** Readers that would be left behind are waited for so often, for so long, before the next part is read. */
const LOOKS_AT_OTHERS = 50;
const LOOK_MS = 5;
/** A part of this size is not worth waiting for a larger one. */
const LARGE_SIZE = 65_536;

/**
 * Lets all who follow a log share one reading of it: they get the same objects. A reader that is not where the others
 * are, at its beginning or as it is slow, reads by itself until it comes to a place that they have seen.
 */
export class SharedParts<Part extends Placed> {
  readonly #relays = new Map<string, Relay<Part>>();
  readonly #sizeOf: (part: Part) => number;
  #starts = 0;

  constructor(sizeOf: (part: Part) => number) {
    this.#sizeOf = sizeOf;
  }

  /**
   * The parts of one log. `key`: all who give it want the same, wherever they begin. `from`: the place behind which the
   * reader begins, empty for the beginning of the log, absent where only `open` knows it.
   */
  async *follow(
    key: string,
    { from, open, leaving }: { readonly from?: string; readonly open: OpenParts<Part>; readonly leaving: AbortSignal },
  ): AsyncGenerator<Part> {
    let place = from ?? `start ${this.#starts++}`;
    let known: string | undefined;
    while (!leaving.aborted) {
      const behind = known;
      let relay = this.#relays.get(key);
      if (relay === undefined) {
        relay = new Relay(place, (signal) => open(behind, signal), this.#sizeOf);
        this.#relays.set(key, relay);
      }
      const isShared = relay.has(place);
      let goesOn = false;
      for await (const part of isShared ? this.#shared(key, relay, place, leaving) : open(behind, leaving)) {
        if (part === "behind") {
          goesOn = true;
          break;
        }
        place = part.next;
        known = part.next;
        yield part;
        const current = this.#relays.get(key);
        goesOn = !isShared && (current === undefined || current.has(place));
        if (goesOn) break;
      }
      if (!goesOn) return;
    }
  }

  /** The parts of a relay from a place on that it has; `behind` where they are no longer kept. */
  async *#shared(
    key: string,
    relay: Relay<Part>,
    place: string,
    leaving: AbortSignal,
  ): AsyncGenerator<Part | "behind"> {
    const reader: Reader = { number: relay.numberOf(place) ?? 0, isSlow: false };
    relay.readers.add(reader);
    try {
      for (; ; reader.number += 1) {
        const part = await relay.part(reader.number, leaving);
        if (part === undefined) return;
        yield part;
        if (part === "behind") return;
      }
    } finally {
      relay.readers.delete(reader);
      if (relay.readers.size === 0) {
        // Nobody finds it any more before it is closed.
        if (this.#relays.get(key) === relay) this.#relays.delete(key);
        await relay.close();
      }
    }
  }
}

interface Reader {
  /** The part that it has or waits for. */
  number: number;
  /** It was waited for once, in vain. */
  isSlow: boolean;
}

/** One reading of a log, and its last parts. */
class Relay<Part extends Placed> {
  readonly readers = new Set<Reader>();
  readonly #leaving = new AbortController();
  readonly #source: AsyncIterator<Part>;
  readonly #sizeOf: (part: Part) => number;
  /** By the place behind which it begins, the number of a part. */
  readonly #numbers = new Map<string, number>();
  readonly #kept = new Map<number, { readonly part: Part; readonly from: string }>();
  #size = 0;
  #first = 0;
  #count = 0;
  #place: string;
  #pulling: Promise<boolean> | undefined;
  #pulledAt = 0;
  #isBehind = true;

  constructor(place: string, open: (signal: AbortSignal) => AsyncIterable<Part>, sizeOf: (part: Part) => number) {
    this.#place = place;
    this.#numbers.set(place, 0);
    this.#source = open(this.#leaving.signal)[Symbol.asyncIterator]();
    this.#sizeOf = sizeOf;
  }

  has(place: string): boolean {
    return this.#numbers.has(place);
  }

  numberOf(place: string): number | undefined {
    return this.#numbers.get(place);
  }

  /** Waits for a part; undefined at the end of the log or when the reader leaves. */
  async part(number: number, leaving: AbortSignal): Promise<Part | "behind" | undefined> {
    while (number >= this.#count) {
      this.#pulling ??= this.#pull();
      if (!(await unlessLeft(this.#pulling, leaving))) return undefined;
    }
    return this.#kept.get(number)?.part ?? "behind";
  }

  async close(): Promise<void> {
    this.#leaving.abort();
    await this.#source.return?.();
  }

  /** True for another part. At the end and after a failure it stays as it is, for all readers. */
  async #pull(): Promise<boolean> {
    const sinceMs = performance.now() - this.#pulledAt;
    const gapMs = this.#isBehind ? 0 : Math.min(MOST_MS, this.readers.size * MS_PER_READER);
    if (gapMs > sinceMs + 1) await pause(gapMs - sinceMs, this.#leaving.signal);
    await this.#waitForOthers();
    const { done, value: part } = await this.#source.next();
    this.#pulledAt = performance.now();
    if (done === true) return false;
    this.#kept.set(this.#count, { part, from: this.#place });
    this.#count += 1;
    this.#place = part.next;
    this.#numbers.set(part.next, this.#count);
    const size = this.#sizeOf(part);
    this.#size += size;
    this.#isBehind = size >= LARGE_SIZE;
    while (this.#size > KEPT_SIZE && this.#kept.size > 1) this.#drop();
    this.#pulling = undefined;
    return true;
  }

  /**
   * The first reader of many would run through a long log before the others have their turn, and each of them would
   * then read it alone, which no machine keeps up with. A reader whose connection takes nothing is waited for once.
   */
  async #waitForOthers(): Promise<void> {
    for (let looks = 0; this.#size > KEPT_SIZE / 2; looks += 1) {
      const last = [...this.readers].filter(({ number, isSlow }) => number <= this.#first && !isSlow);
      if (last.length === 0) return;
      if (looks === LOOKS_AT_OTHERS) for (const reader of last) reader.isSlow = true;
      else await pause(LOOK_MS, this.#leaving.signal);
    }
  }

  #drop(): void {
    const oldest = this.#kept.get(this.#first);
    if (oldest === undefined) return;
    this.#size -= this.#sizeOf(oldest.part);
    this.#kept.delete(this.#first);
    // Two parts may begin at one place: a line that is being written moves nobody on.
    if (this.#numbers.get(oldest.from) === this.#first) this.#numbers.delete(oldest.from);
    this.#first += 1;
  }
}

/** False as soon as the reader leaves; the work goes on for the others. */
async function unlessLeft(work: Promise<boolean>, leaving: AbortSignal): Promise<boolean> {
  if (leaving.aborted) return false;
  const { promise: left, resolve } = Promise.withResolvers<false>();
  using _leaving = onAbort(leaving, () => resolve(false));
  return await Promise.race([work, left]);
}
