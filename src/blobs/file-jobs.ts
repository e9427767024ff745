import type { Advice } from "../advice.ts";
import { type ErrorCode, HeadraceError, systemErrorCode } from "../errors.ts";
import { findMissing, findResized, isStored, placeCopies, storeCopies } from "./bulk-files.ts";
import { copyAndHash, hashFile, ReadFailure } from "./hash-file.ts";

/** The jobs that a worker can do. */
export const FILE_JOBS = {
  hash: hashFile,
  copy: copyAndHash,
  store: storeCopies,
  stored: isStored,
  place: placeCopies,
  missing: findMissing,
  resized: findResized,
} as const;
export type FileJobs = typeof FILE_JOBS;
export type FileJobName = keyof FileJobs;

export interface JobMessage {
  readonly id: number;
  readonly name: FileJobName;
  readonly argument: unknown;
}

export type JobAnswer =
  | { readonly id: number; readonly kind: "done"; readonly result: unknown }
  | { readonly id: number; readonly kind: "failed"; readonly failure: JobFailure };

/** An error as plain data: structured cloning drops codes and classes. */
interface JobFailure {
  readonly headrace?: { readonly code: ErrorCode; readonly hint: Advice | undefined };
  readonly systemCode: string | undefined;
  /** A `ReadFailure`. */
  readonly isOfReading: boolean;
  readonly message: string;
  readonly stack: string | undefined;
}

export function answerJob(message: JobMessage): JobAnswer {
  try {
    const run = FILE_JOBS[message.name] as (argument: unknown) => unknown;
    return { id: message.id, kind: "done", result: run(message.argument) };
  } catch (error) {
    return { id: message.id, kind: "failed", failure: failureOf(error) };
  }
}

function failureOf(error: unknown): JobFailure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const systemCode = systemErrorCode(error);
  return error instanceof HeadraceError
    ? {
        headrace: { code: error.code, hint: error.advice.hint },
        systemCode: undefined,
        isOfReading: false,
        message,
        stack,
      }
    : { systemCode, isOfReading: error instanceof ReadFailure, message, stack };
}

/** The error on this side of the thread border, of the same kind and code. */
export function errorOf(failure: JobFailure): Error {
  if (failure.headrace !== undefined) {
    const { code, hint } = failure.headrace;
    return new HeadraceError(code, failure.message, hint === undefined ? {} : { hint });
  }
  const error = new Error(failure.message);
  if (failure.stack !== undefined) error.stack = failure.stack;
  if (failure.isOfReading && failure.systemCode !== undefined) return new ReadFailure(error, failure.systemCode);
  return failure.systemCode === undefined ? error : Object.assign(error, { code: failure.systemCode });
}
