import { type ErrorCode, HeadraceError, originalError } from "../errors.ts";
import { RefusedWrite } from "../store/index.ts";

const CODES: ReadonlySet<ErrorCode> = new Set([
  "HR_STORE_UNAVAILABLE",
  "HR_DISK_FULL",
  "HR_BLOBS_UNAVAILABLE",
  "HR_SYSTEM",
  "HR_PROGRAM_REPLACED",
]);

/**
 * An error of the machine while the place of a step is made (no room for its inputs, a folder that cannot be written)
 * fails this step, and the others go on: nothing of it is lost, for nothing of it has run. Once its process may run,
 * the same error ends the engine instead, so that the files that the step has made wait for another engine. If the
 * records lack room too, noting the failure ends the engine.
 */
export function isOfOneStep(error: HeadraceError): boolean {
  return error.code === "HR_DISK_FULL" || error.code === "HR_SYSTEM";
}

/**
 * Failures that are no fault of the step: there is no place to record anything, another engine has taken over, or the
 * program's files were replaced. The engine ends with them and leaves its steps running, undisturbed; `headrace resume`
 * carries on once the place is there again. Defects of Headrace (whatever is no `HeadraceError`) count as such, too: a
 * step of many hours should not die of one.
 */
export function endsEngine(thrown: unknown): boolean {
  const error = originalError(thrown);
  return !(error instanceof HeadraceError) || error instanceof RefusedWrite || CODES.has(error.code);
}

/**
 * True for an error that keeps a driver from going on with its run, and says nothing of the other runs of its process.
 */
export function concernsOneRun(thrown: unknown): boolean {
  const error = originalError(thrown);
  return error instanceof HeadraceError && !CODES.has(error.code);
}
