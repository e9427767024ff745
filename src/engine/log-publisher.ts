import { FolderLog, makePart } from "../contract/index.ts";
import type { LiveLogRepository } from "../store/index.ts";
import { Rounds } from "./rounds.ts";

/** Parts are written so often, while somebody reads. */
const PUBLISH_MS = 250;
/** This process asks so often whether anybody reads, once for all of its steps. */
const ASK_MS = 1_000;
/** A reader says every few seconds that it reads on (services/logs/remote-log.ts); after so long nobody does. */
const FOLLOWED_MS = 15_000;
/** So many parts of each step at a time, so that one that floods does not fill the database: 4 MB/s. */
const PARTS_AT_A_TIME = 4;
/** A reader of a long log begins that much before its end. */
const BEGIN_BYTES = 4 * 1024 * 1024;
/** So many of a log's bytes stay for readers that are slower or come later. */
const KEPT_BYTES = 8 * 1024 * 1024;

interface Published {
  readonly log: FolderLog;
  count: number;
  followedUntil: number;
  /** Number of the next entry; undefined before the first part. */
  next: number | undefined;
  readonly parts: { readonly first: number; readonly bytes: number }[];
  working: Promise<void>;
}

/**
 * Publishes the output of steps of this process in the records, for readers on other machines, as long as there are
 * any. It reads the files of the log behind the intake and never holds that up; the log is whole without it. A failure
 * here costs readers some time: after its end the log is among the stored files.
 */
export class LogPublisher implements AsyncDisposable {
  readonly #records: LiveLogRepository;
  readonly #monotonic: () => number;
  readonly #running = new Map<string, Published>();
  // If the records cannot be reached, the program that writes the important ones will say so.
  readonly #rounds = new Rounds(
    PUBLISH_MS,
    () => this.#look(),
    () => this.#running.size > 0,
  );
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(records: LiveLogRepository, monotonic: () => number) {
    this.#records = records;
    this.#monotonic = monotonic;
  }

  /** Until it is disposed, the log of this execution can be read from other machines. */
  watch(executionId: string, logs: string): AsyncDisposable {
    if (!this.#records.isShared) return { [Symbol.asyncDispose]: async () => undefined };
    const published: Published = {
      log: new FolderLog(logs),
      ...{ count: 0, followedUntil: 0, next: undefined, parts: [], working: Promise.resolve() },
    };
    this.#running.set(executionId, published);
    this.#rounds.begin();
    return {
      [Symbol.asyncDispose]: async () => {
        this.#running.delete(executionId);
        await published.working;
        await published.log[Symbol.asyncDispose]();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running.clear();
    await this.#rounds[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const now = this.#monotonic();
    if (now - this.#askedAt >= ASK_MS) {
      this.#askedAt = now;
      for (const [id, count] of await this.#records.listFollowed()) {
        const published = this.#running.get(id);
        if (published === undefined || published.count === count) continue;
        published.count = count;
        published.followedUntil = now + FOLLOWED_MS;
      }
    }
    for (const [id, published] of this.#running) {
      if (published.followedUntil < now) continue;
      published.working = this.#publish(id, published).catch(() => undefined);
      await published.working;
    }
  }

  async #publish(id: string, published: Published): Promise<void> {
    published.next ??= (await this.#records.range(id))?.end ?? (await beginOf(published.log));
    for (let part = 0; part < PARTS_AT_A_TIME; part += 1) {
      const made = await makePart(published.log, published.next);
      if (made === undefined) break;
      await this.#records.add(id, made);
      published.next += made.entries;
      published.parts.push(made);
    }
    await this.#dropOld(id, published.parts);
  }

  async #dropOld(id: string, parts: Published["parts"]): Promise<void> {
    let kept = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    const before = parts.length;
    while (kept > KEPT_BYTES) kept -= parts.shift()?.bytes ?? 0;
    const [oldest] = parts;
    if (parts.length < before && oldest !== undefined) await this.#records.drop(id, oldest.first);
  }
}

/** Number of the entry from which on there are so many bytes. */
async function beginOf(log: FolderLog): Promise<number> {
  let bytes = 0;
  for (let end = await log.entryCount(); end > 0; ) {
    const first = Math.max(0, end - 1024);
    const entries = await log.entries(first, end - first);
    for (const [place, entry] of [...entries.entries()].reverse()) {
      bytes += entry.length;
      if (bytes > BEGIN_BYTES) return first + place + 1;
    }
    end = first;
  }
  return 0;
}
