import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Placed, SharedParts } from "./shared-parts.ts";

interface Part extends Placed {
  readonly text: string;
}

/** A log that grows, and how often it was read. */
class GrowingLog {
  readonly parts: Part[] = [];
  reads = 0;
  open = 0;
  #isOver = false;
  #grown = Promise.withResolvers<void>();

  grow(...texts: readonly string[]): void {
    for (const text of texts) this.parts.push({ text, next: `${this.parts.length + 1}` });
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    this.#grown.resolve();
    this.#grown = Promise.withResolvers();
  }

  readonly read = async function* read(
    this: GrowingLog,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Part> {
    this.open += 1;
    const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    try {
      for (let at = Number(from ?? 0); !signal.aborted; ) {
        const part = this.parts[at];
        if (part !== undefined) {
          this.reads += 1;
          at += 1;
          yield part;
        } else if (this.#isOver) return;
        else await Promise.race([this.#grown.promise, left]);
      }
    } finally {
      this.open -= 1;
    }
  }.bind(this);
}

const TEXTS = Array.from({ length: 200 }, (_, index) => `line ${index}`);

describe("a log that many follow", () => {
  test("is read once, and each reader gets the same parts", async () => {
    const [log, shared] = [new GrowingLog(), new SharedParts<Part>(() => 1)];
    const leaving = new AbortController().signal;
    const all = Array.from({ length: 50 }, () =>
      Array.fromAsync(shared.follow("1", { from: "", open: log.read, leaving })),
    );
    for (const text of TEXTS) {
      log.grow(text);
      await turn();
    }
    log.end();
    for (const parts of await Promise.all(all))
      expect(parts.every((part, index) => part === log.parts[index])).toBe(true);
    expect((await Promise.all(all)).map(({ length }) => length)).toEqual(
      Array.from({ length: 50 }, () => TEXTS.length),
    );
    expect(log.reads).toBe(TEXTS.length);
    expect(log.open).toBe(0);
  });

  test("is read once also where its beginning is longer than what is kept, and by many at once", async () => {
    // Three parts are kept.
    const [log, shared] = [new GrowingLog(), new SharedParts<Part>(() => 1.5 * 1_048_576)];
    const leaving = new AbortController().signal;
    log.grow(...TEXTS);
    log.end();
    const all = Array.from({ length: 20 }, async () => {
      const texts: string[] = [];
      for await (const { text } of shared.follow("1", { from: "", open: log.read, leaving })) {
        texts.push(text);
        // A connection takes what there is without a turn of others, or with one.
        if (texts.length % 7 === 0) await turn();
      }
      return texts;
    });
    for (const texts of await Promise.all(all)) expect(texts).toEqual(TEXTS);
    expect(log.reads).toBe(TEXTS.length);
  });

  test("goes on for the others where one takes nothing, who reads the rest alone", async () => {
    const [log, shared] = [new GrowingLog(), new SharedParts<Part>(() => 1.5 * 1_048_576)];
    const leaving = new AbortController().signal;
    log.grow(...TEXTS);
    log.end();
    const stuck = shared.follow("1", { from: "", open: log.read, leaving });
    const first = await stuck.next();
    const others = [0, 1].map(() => Array.fromAsync(shared.follow("1", { from: "", open: log.read, leaving })));
    for (const parts of await Promise.all(others)) expect(parts.map(({ text }) => text)).toEqual(TEXTS);
    const rest = await Array.fromAsync(stuck);
    expect([first.value?.text, ...rest.map(({ text }) => text)]).toEqual(TEXTS);
  });

  test("has all for readers that begin late, in the middle, or are slow, each part once", async () => {
    // Three parts are kept.
    const [log, shared] = [new GrowingLog(), new SharedParts<Part>(() => 1.5 * 1_048_576)];
    const leaving = new AbortController().signal;
    const read = async (from: string | undefined, open = log.read, turns = 0): Promise<readonly string[]> => {
      const texts: string[] = [];
      for await (const { text } of shared.follow("1", { ...(from !== undefined && { from }), open, leaving })) {
        texts.push(text);
        for (let count = 0; count < turns; count += 1) await turn();
      }
      return texts;
    };
    log.grow(...TEXTS.slice(0, 50));
    const readers = [read(""), read("", log.read, 9)];
    for (let count = 0; count < 100; count += 1) await turn();
    const later = (place: string) => (from: string | undefined, signal: AbortSignal) => log.read(from ?? place, signal);
    readers.push(read(""), read("20", later("20")), read(undefined, later("40")));
    for (const text of TEXTS.slice(50)) {
      log.grow(text);
      await turn();
    }
    log.end();
    expect(await Promise.all(readers)).toEqual([TEXTS, TEXTS, TEXTS, TEXTS.slice(20), TEXTS.slice(40)]);
    expect(log.open).toBe(0);
  });

  test("is let go of with its last reader, who need not wait for what comes", async () => {
    const [log, shared] = [new GrowingLog(), new SharedParts<Part>(() => 1)];
    const [one, other] = [new AbortController(), new AbortController()];
    const follow = (leaving: AbortSignal) => Array.fromAsync(shared.follow("1", { from: "", open: log.read, leaving }));
    const [first, second] = [follow(one.signal), follow(other.signal)];
    log.grow("a");
    await turn();
    one.abort();
    expect((await first).map(({ text }) => text)).toEqual(["a"]);
    expect(log.open).toBe(1);
    log.grow("b");
    await turn();
    other.abort();
    expect((await second).map(({ text }) => text)).toEqual(["a", "b"]);
    expect(log.open).toBe(0);
  });

  test("fails for each of its readers, and can be read anew", async () => {
    const shared = new SharedParts<Part>(() => 1);
    const leaving = new AbortController().signal;
    const fail = async function* fail(): AsyncGenerator<Part> {
      yield { text: "a", next: "1" };
      throw new Error("the disk is gone");
    };
    const follow = (open: () => AsyncGenerator<Part>) =>
      Array.fromAsync(shared.follow("1", { from: "", open, leaving }));
    const failed = await Promise.allSettled([follow(fail), follow(fail)]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const log = new GrowingLog();
    log.grow("a");
    log.end();
    expect(await follow(() => log.read(undefined, leaving))).toHaveLength(1);
  });
});
