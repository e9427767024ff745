/**
 * Looks at what runs here once in a while, as long as anything does: one look at a time, the next one a while after its
 * end. It keeps no process going. A look that fails costs only itself.
 */
export class Rounds implements AsyncDisposable {
  readonly #pauseMs: number;
  readonly #look: () => Promise<void>;
  readonly #isNeeded: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(pauseMs: number, look: () => Promise<void>, isNeeded: () => boolean) {
    this.#pauseMs = pauseMs;
    this.#look = look;
    this.#isNeeded = isNeeded;
  }

  /** To be called when there is something to look at. */
  begin(): void {
    this.#timer ??= setTimeout(() => {
      this.#turn = this.#look()
        .catch(() => undefined)
        .finally(() => {
          this.#timer = undefined;
          if (this.#isNeeded()) this.begin();
        });
    }, this.#pauseMs).unref();
  }

  /** Nothing may be needed any more by then. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#turn;
  }
}
