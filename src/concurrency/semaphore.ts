/** A fixed amount (of bytes in memory, of requests) that callers share; the first to ask is the first to get. */
export class Semaphore {
  readonly #amount: number;
  #free: number;
  readonly #waiting: { readonly amount: number; readonly grant: () => void }[] = [];

  constructor(amount: number) {
    this.#amount = amount;
    this.#free = amount;
  }

  /** Does the work while holding `amount`, at most all there is. */
  async hold<T>(amount: number, work: () => Promise<T>): Promise<T> {
    const release = await this.take(amount);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Answers a function that gives back what was taken. */
  async take(wanted: number): Promise<() => void> {
    const amount = Math.min(wanted, this.#amount);
    if (this.#waiting.length === 0 && amount <= this.#free) this.#free -= amount;
    else await new Promise<void>((grant) => this.#waiting.push({ amount, grant }));
    return () => this.#giveBack(amount);
  }

  #giveBack(amount: number): void {
    this.#free += amount;
    for (let first = this.#waiting[0]; first !== undefined && first.amount <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= first.amount;
      first.grant();
    }
  }
}
