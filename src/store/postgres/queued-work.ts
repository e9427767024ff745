import type { Transaction } from "../database.ts";

/** A transaction that waits for its turn, perhaps for another one after a failure. */
export class QueuedWork {
  /** It collided within a group, and must not share a transaction again. */
  alone = false;
  /** The moment at which the patience ends; set at the first failure. */
  deadline: number | undefined;
  readonly #attempt: (transaction: Transaction) => Promise<void>;
  readonly #reject: (error: unknown) => void;
  #deliver: () => void;

  constructor(
    work: (transaction: Transaction) => Promise<unknown>,
    resolve: (value: never) => void,
    reject: (error: unknown) => void,
  ) {
    this.#reject = reject;
    this.#deliver = () => reject(new Error("a transaction was committed before it ran"));
    this.#attempt = async (transaction) => {
      const result = await work(transaction);
      // The result of `work` has the type that the promise of its caller takes.
      this.#deliver = () => resolve(result as never);
    };
  }

  /** Runs the work and keeps its result until the commit. */
  attempt(transaction: Transaction): Promise<void> {
    return this.#attempt(transaction);
  }

  succeed(): void {
    this.#deliver();
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}
