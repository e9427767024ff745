import { getSystemErrorMap } from "node:util";
import { HeadraceError, originalError, systemErrorCode } from "./errors.ts";
import { replacedProgram } from "./program-files.ts";

/**
 * The system's error codes in words for somebody who does not write programs. Others are said in the system's own
 * words.
 */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EIO: "the disk cannot be read or written",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EFBIG: "the file is too large for the file system",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "no memory left",
  ENAMETOOLONG: "a name is too long",
  ELOOP: "links lead round in a circle",
  ESTALE: "the file server has lost it",
  ENOTCONN: "the mount does not answer",
  ETIMEDOUT: "no answer in time",
};

const FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

/** The code of a system call's error in words, with the code itself for those who know it. */
export function systemErrorWords(code: string): string {
  const own =
    WORDS[code] ??
    getSystemErrorMap()
      .values()
      .find(([name]) => name === code)?.[1];
  return own === undefined ? code : `${own} (${code})`;
}

/**
 * The same for what may have been put into words already; undefined for every other error, such as that of a store that
 * cannot be reached.
 */
export function refusalOfMachine(thrown: unknown): HeadraceError | undefined {
  const original = originalError(thrown);
  const error = systemFailure(original) ?? original;
  return error instanceof HeadraceError && (error.code === "HR_DISK_FULL" || error.code === "HR_SYSTEM")
    ? error
    : undefined;
}

/**
 * Returns a refusal of the machine as an error of the catalogue: a full or broken disk, a lost mount and a folder that
 * somebody removed are no defects of Headrace, and neither is a failure after its own files were replaced. Undefined
 * for everything else.
 */
export function systemFailure(error: unknown): HeadraceError | undefined {
  const replaced = replacedProgram(error);
  if (replaced !== undefined) return replaced;
  const code = systemErrorCode(error);
  if (code === undefined || !(error instanceof Error) || error instanceof HeadraceError) return undefined;
  if (
    !getSystemErrorMap()
      .values()
      .some(([name]) => name === code) &&
    !FULL.has(code)
  )
    return undefined;
  // Node's own text is "EIO: i/o error, read '/path'"; what follows the comma is what was tried.
  const deed = /^[A-Z0-9]+: [^,]*, (.*)$/s.exec(error.message)?.[1] ?? error.message;
  const isFull = FULL.has(code);
  return new HeadraceError(isFull ? "HR_DISK_FULL" : "HR_SYSTEM", `${systemErrorWords(code)}: ${deed}`, {
    hint: isFull
      ? "free some space and run again; what was stored before is intact"
      : "check the disk, the mount and the permissions there, then run again; what was recorded before is safe",
    cause: error,
  });
}
