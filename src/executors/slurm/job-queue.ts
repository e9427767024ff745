import { pause } from "../../concurrency/index.ts";
import type { JobRow } from "./job-row.ts";
import type { SlurmAnswer } from "./slurm-programs.ts";

export interface JobQueueOptions {
  /** Asks for every job of this user, once. */
  readonly ask: () => Promise<SlurmAnswer>;
  readonly parse: (text: string) => readonly JobRow[];
  readonly pollMs: number;
}

/**
 * A failed question is repeated as often as any, yet no oftener than this: a controller that comes up again is asked by
 * everybody.
 */
const RETRY_MS = 5_000;
/** The files of the jobs are looked at this often, and so many a second at most: each look asks the file server. */
const SHORTEST_TICK_MS = 50;
const LOOKS_PER_SECOND = 500;

/**
 * The states that Slurm reports for all jobs of this process: one question for all of them, at most one per poll
 * interval, and none while there is no job. It never gives up: while the controller is away, the last answer stands and
 * `trouble` says so.
 */
export class JobQueue implements AsyncDisposable {
  readonly #options: JobQueueOptions;
  #followers = 0;
  #polling: Promise<void> | undefined;
  #ticking: Promise<void> | undefined;
  readonly #closed = new AbortController();
  #rows: ReadonlyMap<string, readonly JobRow[]> = new Map();
  #askedAt = Number.NEGATIVE_INFINITY;
  #answeredOf = Number.NEGATIVE_INFINITY;
  #trouble: string | undefined;
  #waiting: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(options: JobQueueOptions) {
    this.#options = options;
  }

  /** Rows of a job's name, in the last answer. */
  rowsOf(name: string): readonly JobRow[] {
    return this.#rows.get(name) ?? [];
  }

  /** Returns true if the last answer was to a question asked at or after this moment of `performance.now()`. */
  knowsOf(moment: number): boolean {
    return this.#answeredOf >= moment;
  }

  /** The reason why there is no answer at present, in Slurm's words. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  get pollMs(): number {
    return this.#options.pollMs;
  }

  /** Keeps the questions going until disposed. */
  follow(): Disposable {
    this.#followers += 1;
    this.#polling ??= this.#poll();
    return {
      [Symbol.dispose]: () => {
        this.#followers -= 1;
      },
    };
  }

  /** Resolves when files should be looked at again. Never after the queue was closed: then nobody is to go on. */
  tick(): Promise<void> {
    this.#ticking ??= this.#pause(Math.max(SHORTEST_TICK_MS, (this.#followers * 1000) / LOOKS_PER_SECOND)).then(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /**
   * Resolves at the next answer to a question that is asked from now on; at most after `patienceMs`, then with false.
   */
  async fresh(patienceMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    const from = performance.now();
    using _following = this.follow();
    while (!this.knowsOf(from)) {
      const leftMs = from + patienceMs - performance.now();
      if (leftMs <= 0) return false;
      await Promise.race([this.#waiting.promise, ...(Number.isFinite(leftMs) ? [this.#pause(leftMs)] : [])]);
    }
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    await this.#polling;
  }

  async #poll(): Promise<void> {
    const { signal } = this.#closed;
    // All who begin in one turn share the first question.
    await Promise.resolve();
    while (this.#followers > 0 && !signal.aborted) {
      const interval = this.#trouble === undefined ? this.#options.pollMs : Math.max(RETRY_MS, this.#options.pollMs);
      const waitMs = this.#askedAt + interval - performance.now();
      if (waitMs > 0) {
        await pause(waitMs, signal);
        continue;
      }
      await this.#askOnce();
    }
    this.#polling = undefined;
  }

  async #askOnce(): Promise<void> {
    const askedAt = performance.now();
    this.#askedAt = askedAt;
    const answer = await this.#options.ask();
    if (answer.kind !== "said") {
      this.#trouble = answer.words;
      return;
    }
    this.#trouble = undefined;
    this.#rows = Map.groupBy(this.#options.parse(answer.text), ({ name }) => name);
    this.#answeredOf = askedAt;
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers();
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#closed;
    await pause(milliseconds, signal);
    if (signal.aborted) await new Promise(() => undefined);
  }
}
