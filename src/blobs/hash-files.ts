import { HeadraceError } from "../errors.ts";
import type { PutOutcome } from "./blob-store.ts";
import { hashFile, ReadFailure } from "./hash-file.ts";

/** Returns the outcome that storing these files would have, in the order of the paths; nothing is stored. */
export function hashFiles(paths: readonly string[]): readonly PutOutcome[] {
  return paths.map((path): PutOutcome => {
    try {
      return hashFile({ path });
    } catch (error) {
      if (error instanceof HeadraceError && (error.code === "HR_FILE_CHANGED" || error.code === "HR_OUTPUT_REFUSED"))
        return "changed";
      if (!(error instanceof ReadFailure)) throw error;
      return error.code === "ENOENT" || error.code === "ENOTDIR" ? "missing" : `unreadable ${error.code}`;
    }
  });
}
