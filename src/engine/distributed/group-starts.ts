import { unlessAborted } from "../../concurrency/index.ts";

interface Turn {
  readonly group: string;
  /** Members that have begun to start and are not all there yet. */
  users: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Lets the members of one group at a time ask a queue for their places. Two groups that each had half of a cluster
 * would wait for each other for ever: the second asks once all members of the first are there, or have ended.
 */
export class GroupStarts {
  readonly #turns = new Map<string, Turn>();

  /** Resolves when it is the group's turn in that environment, which lasts until all that it gave are disposed. */
  async turn(environment: string, group: string, signal: AbortSignal): Promise<Disposable> {
    for (;;) {
      signal.throwIfAborted();
      const current = this.#turns.get(environment);
      if (current === undefined || current.group === group) break;
      await unlessAborted(current.done.promise, signal);
    }
    const turn = this.#turns.get(environment) ?? { group, users: 0, done: Promise.withResolvers<void>() };
    this.#turns.set(environment, turn);
    turn.users++;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (!isHeld) return;
        isHeld = false;
        turn.users--;
        if (turn.users > 0) return;
        this.#turns.delete(environment);
        turn.done.resolve();
      },
    };
  }
}
