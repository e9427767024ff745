export interface StepLimits {
  readonly timeLimitS?: number | undefined;
  readonly noOutputTimeoutS?: number | undefined;
}

/**
 * The two clocks of an execution: how long it may run, and how long it may stay silent. Aborts its signal with the
 * reason for the record. Timers are re-armed lazily, so that a chatty step costs one assignment per chunk of output.
 */
export class Limits implements Disposable {
  readonly #controller = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #limits: StepLimits;
  readonly #now: () => number;
  #lastActivity: number;
  #disposed = false;

  /**
   * `ranMs`: how long the step had run already when this engine took it over. Its silence before that is not known.
   * `queued`: the step waits for its turn, and `begin` will be called.
   */
  constructor(limits: StepLimits, now: () => number, ranMs: number | "queued" = 0) {
    this.#limits = limits;
    this.#now = now;
    this.#lastActivity = now();
    if (ranMs !== "queued") this.begin(ranMs);
  }

  /** The step runs. */
  begin(ranMs: number): void {
    if (this.#disposed) return;
    const { timeLimitS, noOutputTimeoutS } = this.#limits;
    this.#lastActivity = this.#now();
    if (timeLimitS !== undefined)
      this.#arm(Math.max(0, timeLimitS * 1000 - ranMs), () =>
        this.#controller.abort(`its time-limit of ${seconds(timeLimitS)} was reached`),
      );
    if (noOutputTimeoutS !== undefined) this.#watchSilence(noOutputTimeoutS, this.#now);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  activity(at: number): void {
    this.#lastActivity = at;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #watchSilence(limitS: number, now: () => number): void {
    const remaining = this.#lastActivity + limitS * 1000 - now();
    if (remaining <= 0) {
      this.#controller.abort(`it printed nothing for ${seconds(limitS)} (no-output-timeout)`);
      return;
    }
    this.#arm(remaining, () => this.#watchSilence(limitS, now));
  }

  #arm(delayMs: number, callback: () => void): void {
    // Node's timers hold 31 bits of milliseconds (24.8 days); a longer limit waits in stages.
    const stage = Math.min(delayMs, 2 ** 31 - 1);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (delayMs > stage) this.#arm(delayMs - stage, callback);
      else callback();
    }, stage);
    this.#timers.add(timer);
  }
}

function seconds(value: number): string {
  return `${value} s`;
}
