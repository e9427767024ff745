import { readBounded } from "../../bounded-file.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";

/** A lock file of a thousand packages with their hashes takes 2 MiB. */
const LARGEST_FILE_BYTES = 16 * 1024 * 1024;

/**
 * A file of a repository that says what is to be installed; `shown` names it in errors. Throws HR_PYTHON_ENVIRONMENT
 * where it cannot be read.
 */
export function readRequirementsFile(path: string, shown: string): Uint8Array {
  const bytes = read(path, shown);
  if (bytes.length <= LARGEST_FILE_BYTES) return bytes;
  const message = `the requirements file ${shown} is larger than ${LARGEST_FILE_BYTES / 1024 / 1024} MiB`;
  throw failure(message, "name a file that lists packages");
}

function read(path: string, shown: string): Uint8Array {
  try {
    // Its access time is the step's, and says what the step read of its code (code-tracing/).
    return readBounded(path, LARGEST_FILE_BYTES, { unseen: true });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    if (code === "EISDIR") throw failure(`the requirements file ${shown} is a folder`);
    if (code !== "ENOENT") throw failure(`the requirements file ${shown} cannot be read (${code})`);
    const hint = "check python.requirements, and that git or .headraceignore does not leave the file out";
    throw failure(`the requirements file ${shown} is not in the repository`, hint);
  }
}

function failure(message: string, hint?: string): HeadraceError {
  return new HeadraceError("HR_PYTHON_ENVIRONMENT", message, hint === undefined ? {} : { hint });
}
