import { HeadraceError, systemErrorCode } from "../errors.ts";

const FULL: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT"]);

/**
 * A full disk is the machine's doing, not a defect: says so, with what could not be done. Every other error is handed
 * back as it is.
 */
export function explainDiskFailure(error: unknown, deed: string): unknown {
  if (!FULL.has(systemErrorCode(error))) return error;
  return new HeadraceError("HR_DISK_FULL", `no space left on the device: could not ${deed}`, {
    hint: "free some space, then run again; what was recorded before is intact",
    cause: error,
  });
}
