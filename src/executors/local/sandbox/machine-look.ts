/** An answer counts as current for so long. */
const REMEMBERED_MS = 1_000;

type Question<A extends readonly unknown[], R> = (...args: A) => R;

/**
 * Answers about this machine that hardly ever change (where homes and the folders of the root are, devices, what this
 * very program keeps in its caches), each looked up once for all steps that start within a second: to look costs
 * milliseconds. Hidden, installed, shown and mounted places are not remembered: a step sees them as they are when the
 * step starts.
 *
 * If something has gone since then, the set-up of a sandbox fails; `forget` is for the next try.
 */
export class MachineLook {
  readonly #answers = new Map<unknown, Map<string, unknown>>();
  readonly #clock: () => number;
  #since = Number.NEGATIVE_INFINITY;

  /** `clock` tells milliseconds and never goes back. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Returns the answer of `question` to these arguments, which must be plain data. */
  ask<A extends readonly unknown[], R>(question: Question<A, R>, ...args: A): R {
    const now = this.#clock();
    if (now - this.#since > REMEMBERED_MS) {
      this.forget();
      this.#since = now;
    }
    const answers = this.#answers.get(question) ?? new Map<string, unknown>();
    this.#answers.set(question, answers);
    const key = JSON.stringify(args);
    if (!answers.has(key)) answers.set(key, question(...args));
    return answers.get(key) as R;
  }

  /** Makes the next questions look anew. */
  forget(): void {
    this.#answers.clear();
  }
}
