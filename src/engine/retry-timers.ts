/** Nodes whose next attempt is due later. The times stand in the store; this only wakes at them. */
export class RetryTimers {
  readonly #due: (node: string) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(due: (node: string) => void) {
    this.#due = due;
  }

  add(node: string, waitMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(node);
      this.#due(node);
    }, waitMs);
    this.#timers.set(node, timer);
  }

  /** Forgets all, and says which these were. */
  drain(): readonly string[] {
    const nodes = [...this.#timers.keys()];
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    return nodes;
  }
}
