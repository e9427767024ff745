import { HeadraceError, systemErrorCode } from "../errors.ts";

export function blobMissing(sha256: string): HeadraceError {
  return new HeadraceError("HR_BLOB_MISSING", `the stored file ${sha256} is missing`, {
    hint: "bring it back from a backup, or run again what made it",
  });
}

export function blobDamaged(sha256: string, found: string): HeadraceError {
  return new HeadraceError("HR_BLOB_DAMAGED", `the content that should be ${sha256} is ${found}`, {
    hint: "check the disk or the source it came from, then store the file again",
  });
}

export function blobResized(sha256: string, found: number, recorded: number): HeadraceError {
  return new HeadraceError("HR_BLOB_DAMAGED", `the stored file ${sha256} has ${found} bytes instead of ${recorded}`, {
    hint: [{ do: "verify-files" }, " says what it belongs to; bring it back from a backup, or run again what made it"],
  });
}

/** The same, found by its bytes. `found` says how it is. */
export function storedDamaged(sha256: string, found: string): HeadraceError {
  return new HeadraceError("HR_BLOB_DAMAGED", `the stored file ${sha256} is damaged: ${found}`, {
    hint: [{ do: "verify-files" }, " says what it belongs to; bring it back from a backup, or run again what made it"],
  });
}

export function fileExists(path: string): HeadraceError {
  return new HeadraceError("HR_FILE_EXISTS", `${path} exists already`, { hint: "remove it, or choose another place" });
}

export function fileChanged(path: string): HeadraceError {
  return new HeadraceError("HR_FILE_CHANGED", `${path} changed while it was read`, {
    hint: "wait until nothing writes to it any more, then try again",
  });
}

export function notRegular(path: string): HeadraceError {
  return new HeadraceError("HR_OUTPUT_REFUSED", `${path} is not a regular file`, {
    hint: "pack folders into an archive, and write copies in place of links, pipes and devices",
  });
}

/** Does the work; a full disk (or quota) becomes an error that says what did not fit. */
export async function sayingDiskFull<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
    const what = code === "ENOSPC" ? "no space left on the disk" : "the disk quota is used up";
    throw new HeadraceError("HR_DISK_FULL", `${what} while ${doing}`, {
      hint: "free some space and run again; what was stored before is intact",
      cause: error,
    });
  }
}
