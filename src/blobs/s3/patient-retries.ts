import { type Backoff, backoffMs } from "../../concurrency/index.ts";

// The SDK's RetryStrategyV2, whose types live in a package that is none of ours.
interface RetryToken {
  getRetryCount(): number;
  getRetryDelay(): number;
}

interface RetryErrorInfo {
  readonly error?: unknown;
  readonly errorType: "TRANSIENT" | "THROTTLING" | "SERVER_ERROR" | "CLIENT_ERROR";
  readonly retryAfterHint?: Date;
}

const DELAYS: Backoff = { firstMs: 100, longestMs: 5_000 };
/** The longest wait that a server may ask for by Retry-After. */
const LONGEST_WISH_MS = 30_000;
/** A request that takes minutes by itself gets as many tries as this, although its patience is over after the first. */
const FEWEST_TRIES = 3;
/** A server that never answered is more likely misspelt than resting. */
const FIRST_CONTACT_MS = 5_000;

interface PatientToken extends RetryToken {
  readonly tries: number;
  readonly failingSince: number | undefined;
}

export interface PatienceOptions {
  /** Time for which a request is tried again after its first failure. */
  readonly patienceMs: number;
  readonly monotonic?: () => number;
  readonly random?: () => number;
}

/**
 * Tries again by time, not by count: a store that restarts or is cut off for half a minute is waited for. (The SDK's
 * own strategy gives up after three tries, within a second, and shares a budget of tries among all requests, which a
 * hundred parallel ones use up at once.)
 */
export class PatientRetries {
  readonly #patienceMs: number;
  readonly #monotonic: () => number;
  readonly #random: () => number;
  #reached = false;

  constructor(options: PatienceOptions) {
    this.#patienceMs = options.patienceMs;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
  }

  acquireInitialRetryToken(): Promise<RetryToken> {
    return Promise.resolve(tokenOf({ tries: 0, failingSince: undefined, delayMs: 0 }));
  }

  /** Throws when it is enough; the SDK then throws the request's own error. */
  async refreshRetryTokenForRetry(token: RetryToken, info: RetryErrorInfo): Promise<RetryToken> {
    // The server is there, whatever it answers.
    const status = statusOf(info.error);
    if (status !== undefined) this.#reached = true;
    // 409 says that another request for the same object is under way (S3: OperationAborted, "try again").
    if (info.errorType === "CLIENT_ERROR" && status !== 409) throw new Error("not worth another try");
    const { tries, failingSince = this.#monotonic() } = token as PatientToken;
    const delayMs = this.delayMs(tries, info.retryAfterHint);
    if (this.isOver({ tries: tries + 1, failingForMs: this.#monotonic() - failingSince + delayMs }))
      throw new Error("out of patience");
    return tokenOf({ tries: tries + 1, failingSince, delayMs });
  }

  recordSuccess(): void {
    this.#reached = true;
  }

  /** Between nothing and twice as much after each failure, so that many clients do not come back at the same moment. */
  delayMs(tries: number, retryAfter?: Date): number {
    const own = this.#random() * backoffMs(DELAYS, tries + 1);
    const wish = retryAfter === undefined ? 0 : retryAfter.getTime() - Date.now();
    return Math.round(Math.max(own, Math.min(wish, LONGEST_WISH_MS)));
  }

  isOver({ tries, failingForMs }: { readonly tries: number; readonly failingForMs: number }): boolean {
    if (!this.#reached) return failingForMs >= Math.min(FIRST_CONTACT_MS, this.#patienceMs);
    return tries >= FEWEST_TRIES && failingForMs >= this.#patienceMs;
  }
}

function tokenOf({
  tries,
  failingSince,
  delayMs,
}: {
  tries: number;
  failingSince: number | undefined;
  delayMs: number;
}): PatientToken {
  return { tries, failingSince, getRetryCount: () => tries, getRetryDelay: () => delayMs };
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = (error ?? {}) as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
