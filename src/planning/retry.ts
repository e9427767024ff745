import type { OnError, RetrySpec } from "../config/index.ts";

/** The kinds of failure of an attempt that `retry.on` can name. */
export type Failure =
  | { readonly kind: "exit"; readonly exitCode: number }
  | { readonly kind: "signal" }
  /** A time-limit or no-output-timeout was reached. */
  | { readonly kind: "timeout" }
  /** Nobody saw the end of its process. */
  | { readonly kind: "lost" }
  /** It was killed for using more memory than it may. */
  | { readonly kind: "memory" }
  /** It never came to its own process, or what it made could not be kept. */
  | { readonly kind: "other" };

export interface RetryPolicy {
  /** Attempts in all, from 2. */
  readonly attempts: number;
  /** Before the second attempt; doubled before each next one. */
  readonly backoffMs: number;
  /** The failures that are tried again; empty: any failure. */
  readonly on: RetrySpec["on"];
}

/** The meaning of `on-error: retry` if the step says no more. */
const DEFAULT_RETRY: RetrySpec = { limit: 2, backoffS: 1, on: [] };

/** However often it is doubled; a first wait that is longer stays as it is. */
const LONGEST_WAIT_MS = 10 * 60_000;

/** Returns the policy of a node: its step's own wish counts, else `on-error: retry`. */
export function retryPolicyOf(onError: OnError | undefined, spec: RetrySpec | undefined): RetryPolicy | undefined {
  const { limit, backoffS, on } = spec ?? (onError === "retry" ? DEFAULT_RETRY : { limit: 0, backoffS: 0, on: [] });
  return limit === 0 ? undefined : { attempts: limit + 1, backoffMs: Math.round(backoffS * 1000), on };
}

/**
 * Returns the time to wait after the failure of an attempt (counted from 1) before the next; undefined if there is to
 * be none.
 */
export function waitBeforeRetry(
  policy: RetryPolicy | undefined,
  attempt: number,
  failure: Failure,
): number | undefined {
  if (policy === undefined || attempt >= policy.attempts || !isTriedAgain(policy, failure)) return undefined;
  const longest = Math.max(policy.backoffMs, LONGEST_WAIT_MS);
  return Math.min(policy.backoffMs * 2 ** (attempt - 1), longest);
}

/** No wait of this policy is longer. */
export function longestWaitMs({ attempts, backoffMs }: RetryPolicy): number {
  return Math.min(backoffMs * 2 ** (attempts - 2), Math.max(backoffMs, LONGEST_WAIT_MS));
}

/** One killed for memory also died by a signal. */
function isTriedAgain({ on }: RetryPolicy, failure: Failure): boolean {
  if (on.length === 0) return true;
  if (failure.kind === "exit") return on.includes(failure.exitCode);
  if (failure.kind === "memory") return on.includes("memory") || on.includes("signal");
  return failure.kind !== "other" && on.includes(failure.kind);
}
