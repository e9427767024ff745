/** Calls at once, and at most once in a while; what is asked for in between is answered by one more call at its end. */
export class Throttle implements Disposable {
  readonly #intervalMs: number;
  readonly #action: () => void;
  #timer: NodeJS.Timeout | undefined;
  #asked = false;
  #disposed = false;

  constructor(intervalMs: number, action: () => void) {
    this.#intervalMs = intervalMs;
    this.#action = action;
  }

  call(): void {
    if (this.#disposed) return;
    if (this.#timer !== undefined) {
      this.#asked = true;
      return;
    }
    this.#asked = false;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#asked) this.call();
    }, this.#intervalMs);
    this.#action();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
