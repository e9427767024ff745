import { Fifo } from "../../concurrency/index.ts";

interface Job {
  readonly node: string;
  readonly work: () => Promise<void>;
}

/**
 * The jobs of a run that are under way: at most so many at a time (`--jobs`), in the order in which they were added. A
 * node may add several jobs, or none.
 */
export class RunJobs {
  readonly #limit: number;
  readonly #track: (work: Promise<void>) => Promise<void>;
  readonly #queue = new Fifo<Job>();
  #active = 0;
  #closed = false;

  /**
   * `track` hears of each job that begins, and sees to its failure. It resolves when that is done: the next job begins
   * then only.
   */
  constructor(limit: number, track: (work: Promise<void>) => Promise<void>) {
    this.#limit = limit;
    this.#track = track;
  }

  add(node: string, work: () => Promise<void>): void {
    this.#queue.push({ node, work });
    this.#pump();
  }

  /** Forgets what has not begun, and says of which nodes it was. */
  drain(): readonly string[] {
    return this.#queue.drain().map(({ node }) => node);
  }

  /** Begins nothing any more. */
  close(): void {
    this.#closed = true;
  }

  #pump(): void {
    while (this.#active < this.#limit && !this.#closed) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      this.#active++;
      void this.#track(job.work()).then(() => {
        this.#active--;
        this.#pump();
      });
    }
  }
}
