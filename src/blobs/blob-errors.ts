import { HeadraceError, systemErrorCode } from "../errors.ts";

export function blobMissing(sha256: string): HeadraceError {
  return new HeadraceError("HR_BLOB_MISSING", `The stored file ${sha256} is missing`, {
    hint: "Bring it back from a backup, or run again what made it.",
  });
}

export function blobDamaged(sha256: string, found: string): HeadraceError {
  return new HeadraceError("HR_BLOB_DAMAGED", `The content that should be ${sha256} is ${found}`, {
    hint: "Check the disk or the source it came from, then store the file again.",
  });
}

export function blobResized(sha256: string, found: number, recorded: number): HeadraceError {
  return new HeadraceError("HR_BLOB_DAMAGED", `The stored file ${sha256} has ${found} bytes instead of ${recorded}`, {
    hint: "`headrace verify` says what it belongs to. Bring it back from a backup, or run again what made it.",
  });
}

/** The same, found by its bytes. `found` says how it is. */
export function storedDamaged(sha256: string, found: string): HeadraceError {
  return new HeadraceError("HR_BLOB_DAMAGED", `The stored file ${sha256} is damaged: ${found}`, {
    hint: "`headrace verify` says what it belongs to. Bring it back from a backup, or run again what made it.",
  });
}

export function fileExists(path: string): HeadraceError {
  return new HeadraceError("HR_FILE_EXISTS", `${path} exists already`, { hint: "Remove it, or choose another place." });
}

export function fileChanged(path: string): HeadraceError {
  return new HeadraceError("HR_FILE_CHANGED", `${path} changed while it was read`, {
    hint: "Wait until nothing writes to it any more, then try again.",
  });
}

export function notRegular(path: string): HeadraceError {
  return new HeadraceError("HR_OUTPUT_REFUSED", `${path} is not a regular file`, {
    hint: "Pack folders into an archive, and write copies in place of links, pipes and devices.",
  });
}

/** Does the work; a full disk (or quota) becomes an error that says what did not fit. */
export async function sayingDiskFull<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
    const what = code === "ENOSPC" ? "No space left on the disk" : "The disk quota is used up";
    throw new HeadraceError("HR_DISK_FULL", `${what} while ${doing}`, {
      hint: "Free some space and run again; what was stored before is intact.",
      cause: error,
    });
  }
}
