import { type Advice, inPlainWords } from "./advice.ts";

/**
 * Every error that a user can cause, in one catalogue. `docs/errors.md` lists the same codes (a test compares the two).
 * `title` is what the documentation shows. `exit` is what a command exits with: 1 where it failed over the machine or
 * over data, 2 where what was asked for was wrong. `status` is the HTTP status of an answer over the network.
 */
export const ERROR_CODES = {
  HR_USAGE: { title: "The request does not fit", exit: 2, status: 400 },
  HR_NODE_VERSION: { title: "This Node.js is too old", exit: 2, status: 500 },
  HR_INTERNAL: { title: "A defect of Headrace itself", exit: 1, status: 500 },
  HR_SYSTEM: { title: "The machine refuses something", exit: 1, status: 500 },
  HR_CONFIG_NOT_FOUND: { title: "No valohai.yaml or headrace.yaml", exit: 2, status: 404 },
  HR_CONFIG_INVALID: { title: "The configuration has errors", exit: 2, status: 422 },
  HR_CONFIG_UNREADABLE: { title: "The configuration cannot be read", exit: 2, status: 422 },
  HR_NOT_SUPPORTED: { title: "The format knows it, this version does not run it", exit: 2, status: 501 },
  HR_UNKNOWN_TARGET: { title: "No step or pipeline of that name", exit: 2, status: 404 },
  HR_PLAN_INVALID: { title: "The run cannot start as requested", exit: 2, status: 422 },
  HR_NOT_FOUND: { title: "No run, execution, datum or snapshot of that name", exit: 2, status: 404 },
  HR_SECRETS: { title: "The secrets cannot be opened", exit: 1, status: 500 },
  HR_NOT_LOGGED_IN: { title: "Nobody is logged in", exit: 2, status: 401 },
  HR_FORBIDDEN: { title: "The user may not do this", exit: 2, status: 403 },
  HR_TOO_LARGE: { title: "The request is too large", exit: 2, status: 413 },
  HR_RANGE: { title: "The file has no such bytes", exit: 2, status: 416 },
  HR_SERVER_UNREACHABLE: { title: "The server cannot be reached", exit: 1, status: 503 },
  HR_SERVER_ANSWER: { title: "The server answers something else", exit: 1, status: 503 },
  HR_TOO_MANY_REQUESTS: { title: "Too many requests", exit: 1, status: 429 },
  HR_INPUT_UNAVAILABLE: { title: "An input cannot be fetched", exit: 1, status: 422 },
  HR_TABLE: { title: "A table cannot be read", exit: 1, status: 422 },
  HR_PATH_ESCAPES: { title: "A path leaves its folder", exit: 2, status: 400 },
  HR_OUTPUT_REFUSED: { title: "A file in outputs cannot be kept", exit: 1, status: 422 },
  HR_DISK_FULL: { title: "No space left", exit: 1, status: 507 },
  HR_STORE_UNAVAILABLE: { title: "The database cannot be opened or written", exit: 1, status: 503 },
  HR_RECORD_DAMAGED: { title: "A record cannot be read", exit: 1, status: 500 },
  HR_STORE_NEWER: { title: "The database belongs to a newer Headrace", exit: 2, status: 503 },
  HR_BLOBS_UNAVAILABLE: { title: "The store of files cannot be used", exit: 1, status: 503 },
  HR_BLOB_MISSING: { title: "Stored data is missing", exit: 1, status: 500 },
  HR_BLOB_DAMAGED: { title: "Stored data is damaged", exit: 1, status: 500 },
  HR_SNAPSHOT_FAILED: { title: "The code cannot be captured or checked out", exit: 1, status: 422 },
  HR_PYTHON_ENVIRONMENT: { title: "The Python environment cannot be built", exit: 1, status: 422 },
  HR_SANDBOX: { title: "The sandbox cannot be set up", exit: 1, status: 500 },
  HR_STEP_START: { title: "The step's process cannot be started", exit: 1, status: 500 },
  HR_OUTPUT_LOST: { title: "What was printed could not be written", exit: 1, status: 500 },
  HR_PROGRAM_REPLACED: { title: "Headrace was replaced while it ran", exit: 1, status: 503 },
  HR_CONFLICT: { title: "Another process got there first", exit: 1, status: 409 },
  HR_FILE_CHANGED: { title: "A file changed while it was read", exit: 1, status: 409 },
  HR_FILE_EXISTS: { title: "The target exists already", exit: 2, status: 409 },
  HR_PACKAGE_MISSING: { title: "An optional package is not installed", exit: 2, status: 501 },
  HR_EXPRESSION: { title: "The expression cannot be evaluated", exit: 2, status: 422 },
} as const satisfies Record<string, { readonly title: string; readonly exit: 1 | 2; readonly status: ErrorStatus }>;

/**
 * 4xx: another request would be answered; 501: this installation cannot; other 5xx: the machine, its data or Headrace
 * itself failed.
 */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 413 | 416 | 422 | 429 | 500 | 501 | 503 | 507;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface HeadraceErrorOptions {
  /** The user's remedy: one sentence, imperative. */
  readonly hint?: Advice;
  readonly cause?: unknown;
  /** Further lines, e.g. one per configuration problem. */
  readonly details?: readonly Advice[];
}

/**
 * An expected failure: something the user, the data or the machine did. Anything else that is thrown is a bug of
 * Headrace.
 */
export class HeadraceError extends Error {
  readonly code: ErrorCode;
  /** In plain words; a face says `advice.hint` in its own. */
  readonly hint: string | undefined;
  /** In plain words, too. */
  readonly details: readonly string[];
  /** The same as data. */
  readonly advice: { readonly hint: Advice | undefined; readonly details: readonly Advice[] };

  constructor(code: ErrorCode, message: string, options: HeadraceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HeadraceError";
    this.code = code;
    const { hint, details = [] } = options;
    this.hint = hint === undefined ? undefined : inPlainWords(hint);
    this.details = details.map(inPlainWords);
    this.advice = { hint, details };
  }
}

/** The error code of a system call's failure (`ENOENT`, `ENOSPC` …), if it is one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Returns what went wrong first, if closing what was open (`using`) has failed after it as well. */
export function originalError(error: unknown): unknown {
  return error instanceof SuppressedError ? originalError(error.suppressed) : error;
}
