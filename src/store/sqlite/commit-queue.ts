/** One transaction that waits for its turn. */
interface Waiting {
  /** Runs the work and keeps its result. */
  attempt(): Promise<void>;
  succeed(): void;
  fail(error: unknown): void;
}

/** The queue calls these on the connection. All but `begin` are synchronous. */
export interface CommitPort {
  begin(): Promise<void>;
  savepoint(): void;
  release(): void;
  /**
   * Undoes what came after the savepoint. False when the database has undone the whole transaction by itself (disk
   * full, I/O error).
   */
  rollbackToSavepoint(): boolean;
  commit(): void;
  rollback(): void;
}

/** A group ends here even if more keep coming, so that other processes get their turn. */
const GROUP_LIMIT = 256;
const GROUP_TIME_MS = 20;

/**
 * Commits transactions that wait together as one: with `synchronous=FULL` the sync of the disk is most of a small
 * transaction's cost (0.25 of 0.3 ms). Each has a savepoint of its own, so one that fails takes nothing with it; none
 * is reported done before the common commit.
 */
export class CommitQueue {
  readonly #port: CommitPort;
  readonly #waiting: Waiting[] = [];

  constructor(port: CommitPort) {
    this.#port = port;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let deliver: () => void = () => reject(new Error("a transaction was committed before it ran"));
    this.#waiting.push({
      attempt: async () => {
        const result = await work();
        deliver = () => resolve(result);
      },
      succeed: () => deliver(),
      fail: reject,
    });
    return promise;
  }

  /** Commits one group. Never rejects: failures go to those that wait. */
  async commitGroup(): Promise<void> {
    if (this.isEmpty) return;
    try {
      await this.#port.begin();
    } catch (error) {
      for (const waiting of this.#waiting.splice(0)) waiting.fail(error);
      return;
    }
    const done: Waiting[] = [];
    try {
      await this.#attemptGroup(done);
      this.#port.commit();
    } catch (error) {
      this.#port.rollback();
      for (const waiting of done) waiting.fail(error);
      return;
    }
    for (const waiting of done) waiting.succeed();
  }

  /** Moves from the queue to `done` what has succeeded. Rejects when the whole group is undone. */
  async #attemptGroup(done: Waiting[]): Promise<void> {
    const end = performance.now() + GROUP_TIME_MS;
    while (done.length < GROUP_LIMIT && performance.now() < end) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      // The first needs none: if it fails, there is nothing to keep.
      const isFirst = done.length === 0;
      if (!isFirst) this.#port.savepoint();
      try {
        await next.attempt();
        if (!isFirst) this.#port.release();
        done.push(next);
      } catch (error) {
        next.fail(error);
        if (isFirst || !this.#port.rollbackToSavepoint()) throw error;
      }
    }
  }
}
