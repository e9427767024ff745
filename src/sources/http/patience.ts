import { backoffMs, pause } from "../../concurrency/index.ts";
import { unavailable } from "../unavailable.ts";
import type { HttpFailure } from "./http-failure.ts";
import type { HttpPolicy } from "./http-policy.ts";

export interface PatienceOptions {
  readonly policy: HttpPolicy;
  /** For messages; without credentials. */
  readonly uri: string;
  readonly signal: AbortSignal;
  warn(message: string): void;
}

/** Decides after each failed attempt of one download whether, and when, another one follows. */
export class Patience {
  readonly #options: PatienceOptions;
  #failures = 0;
  /** The progress of the download when failures were last forgotten. */
  #mark = 0;

  constructor(options: PatienceOptions) {
    this.#options = options;
  }

  /** The farthest position that the download has reached so far, over all attempts. */
  reached(bytes: number): void {
    if (bytes - this.#mark < this.#options.policy.progressBytes) return;
    this.#mark = bytes;
    this.#failures = 0;
  }

  /** Waits until it is time for the next attempt; throws HR_INPUT_UNAVAILABLE when there is to be none. */
  async afterFailure(failure: HttpFailure): Promise<void> {
    const { policy, uri, signal, warn } = this.#options;
    signal.throwIfAborted();
    this.#failures += 1;
    if (!failure.passing) throw unavailable(uri, failure.message, failure.hint, failure);
    if (this.#failures >= policy.maxFailures) {
      throw unavailable(uri, `${failure.message} (after ${this.#failures} attempts)`, failure.hint, failure);
    }
    const delayMs = this.#delayMs(failure);
    warn(`input ${uri}: ${failure.message}; trying again in ${delayMs / 1000} s`);
    await pause(delayMs, signal);
    signal.throwIfAborted();
  }

  #delayMs({ retryAfterMs }: HttpFailure): number {
    const { policy } = this.#options;
    if (retryAfterMs !== undefined) return Math.min(retryAfterMs, policy.maxRetryAfterMs);
    return backoffMs({ firstMs: policy.firstDelayMs, longestMs: policy.maxDelayMs }, this.#failures);
  }
}
