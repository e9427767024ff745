/** Says how patient downloads are. */
export interface HttpPolicy {
  /** For the connection and the response's head. */
  readonly headTimeoutMs: number;
  /** For the next bytes of a body. */
  readonly stallTimeoutMs: number;
  /** Failed attempts in a row, without progress between them, after which a download is given up. */
  readonly maxFailures: number;
  /** So many new bytes are progress: the failures before them no longer count. */
  readonly progressBytes: number;
  /** The wait after the first failure; it doubles with each further one. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** A server that asks for a longer pause by `Retry-After` is asked again after this long. */
  readonly maxRetryAfterMs: number;
  readonly maxRedirects: number;
}

export const DEFAULT_HTTP_POLICY: HttpPolicy = {
  headTimeoutMs: 60_000,
  stallTimeoutMs: 60_000,
  maxFailures: 5,
  progressBytes: 1024 * 1024,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  maxRetryAfterMs: 120_000,
  maxRedirects: 10,
};
