/** A question about this machine; as a key it stands for all of its answers. */
type Question<R> = (...args: never[]) => R;

interface Answer {
  readonly at: number;
  readonly answer: unknown;
}

/**
 * Facts of this machine that cost time to find out (which programs work, what the container engine answers), each
 * found out once by all callers that need it. The owner, an installation, decides how long they are believed: its own
 * life.
 */
export class MachineFacts {
  readonly #answers = new Map<Question<unknown>, Map<string, Answer>>();
  readonly #clock: () => number;

  /** `clock` tells milliseconds and never goes back. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /**
   * Returns the answer to `question` about `subject`; `find` looks it up where nobody has, or where the last answer is
   * older than `maxAgeMs`. A promise that fails is forgotten, and so is one whose value `isLasting` refuses.
   */
  once<R>(question: Question<R>, subject: string, find: () => R, believed: Believed<Awaited<R>> = {}): R {
    const { maxAgeMs = Number.POSITIVE_INFINITY, isLasting } = believed;
    const ofQuestion = this.#answers.get(question) ?? new Map<string, Answer>();
    this.#answers.set(question, ofQuestion);
    const known = ofQuestion.get(subject);
    const now = this.#clock();
    if (known !== undefined && now - known.at <= maxAgeMs) return known.answer as R;
    const found: Answer = { at: now, answer: find() };
    ofQuestion.set(subject, found);
    const forget = (): void => {
      if (ofQuestion.get(subject) === found) ofQuestion.delete(subject);
    };
    if (found.answer instanceof Promise) {
      found.answer.then((value: Awaited<R>) => {
        if (isLasting?.(value) === false) forget();
      }, forget);
    }
    return found.answer as R;
  }
}

/** The time for which an answer is believed: the life of its owner, unless said otherwise. */
interface Believed<Value> {
  readonly maxAgeMs?: number;
  readonly isLasting?: (value: Value) => boolean;
}
