/**
 * Every error that a user can cause, in one catalogue. `docs/errors.md` lists the same codes (a test compares the two).
 * The value is the short title that the documentation shows.
 */
export const ERROR_CODES = {
  HR_USAGE: "The command line does not fit",
  HR_NODE_VERSION: "This Node.js is too old",
  HR_INTERNAL: "A defect of Headrace itself",
  HR_SYSTEM: "The machine refuses something",
  HR_CONFIG_NOT_FOUND: "No valohai.yaml or headrace.yaml",
  HR_CONFIG_INVALID: "The configuration has errors",
  HR_CONFIG_UNREADABLE: "The configuration cannot be read",
  HR_NOT_SUPPORTED: "The format knows it, this version does not run it",
  HR_UNKNOWN_TARGET: "No step or pipeline of that name",
  HR_PLAN_INVALID: "The run cannot start as requested",
  HR_NOT_FOUND: "No run, execution, datum or snapshot of that name",
  HR_INPUT_UNAVAILABLE: "An input cannot be fetched",
  HR_PATH_ESCAPES: "A path leaves its folder",
  HR_OUTPUT_REFUSED: "A file in outputs cannot be kept",
  HR_DISK_FULL: "No space left",
  HR_STORE_UNAVAILABLE: "The database cannot be opened or written",
  HR_STORE_NEWER: "The database belongs to a newer Headrace",
  HR_BLOBS_UNAVAILABLE: "The store of files cannot be used",
  HR_BLOB_MISSING: "Stored data is missing",
  HR_BLOB_DAMAGED: "Stored data is damaged",
  HR_SNAPSHOT_FAILED: "The code cannot be captured or checked out",
  HR_PYTHON_ENVIRONMENT: "The Python environment cannot be built",
  HR_SANDBOX: "The sandbox cannot be set up",
  HR_STEP_START: "The step's process cannot be started",
  HR_OUTPUT_LOST: "What was printed could not be written",
  HR_CONFLICT: "Another process got there first",
  HR_FILE_CHANGED: "A file changed while it was read",
  HR_FILE_EXISTS: "The target exists already",
  HR_PACKAGE_MISSING: "An optional package is not installed",
  HR_EXPRESSION: "The expression cannot be evaluated",
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface HeadraceErrorOptions {
  /** What the user can do about it: one sentence, imperative. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Further lines, e.g. one per configuration problem. */
  readonly details?: readonly string[];
}

/** An expected failure: something the user, the data or the machine did. Anything else that is thrown is a bug of Headrace. */
export class HeadraceError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, options: HeadraceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "HeadraceError";
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? [];
  }
}

/** The error code of a system call's failure (`ENOENT`, `ENOSPC` …), if it is one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** What went wrong first, where closing what was open (`using`) has failed after it as well. */
export function originalError(error: unknown): unknown {
  return error instanceof SuppressedError ? originalError(error.suppressed) : error;
}
