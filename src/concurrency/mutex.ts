/** Lets one task at a time through, in the order of asking. */
export class Mutex {
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  get isFree(): boolean {
    return this.#waiting === 0;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    const before = this.#tail;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tail = promise;
    this.#waiting += 1;
    try {
      await before;
      return await task();
    } finally {
      this.#waiting -= 1;
      resolve();
    }
  }
}
