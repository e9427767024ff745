import { statSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { HeadraceError, systemErrorCode } from "./errors.ts";

/** The file of the bundle, or of the source: either way in a folder right below the package's. */
const OWN_FILE = fileURLToPath(import.meta.url);
const PACKAGE = dirname(dirname(OWN_FILE));
const whenLoaded = identityOf(OWN_FILE);

function identityOf(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino} ${stats.mtimeMs} ${stats.size}`;
}

/**
 * Returns the error for a failure after this program's own files were replaced since it was started (an upgrade, a new
 * build): parts that are loaded late are gone, or fit no longer. Undefined if they were not, and for what has another
 * cause: an error of the catalogue, one of a system call elsewhere.
 */
export function replacedProgram(cause: unknown): HeadraceError | undefined {
  if (cause instanceof HeadraceError || isOfSystemElsewhere(cause) || identityOf(OWN_FILE) === whenLoaded)
    return undefined;
  return new HeadraceError(
    "HR_PROGRAM_REPLACED",
    "Headrace was replaced by another version, or removed, while it ran",
    {
      hint: ["steps that run go on; give the command again, and ", { do: "resume" }, " carries on with a run"],
      cause,
    },
  );
}

/** Node's own codes (ERR_MODULE_NOT_FOUND) are none of the system. */
function isOfSystemElsewhere(cause: unknown): boolean {
  if (!(cause instanceof Error) || !/^E[A-Z0-9]+$/.test(systemErrorCode(cause) ?? "")) return false;
  return !("path" in cause && typeof cause.path === "string" && cause.path.startsWith(`${PACKAGE}/`));
}
