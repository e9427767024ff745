import { accessSync, constants } from "node:fs";
import { systemErrorCode } from "./errors.ts";

/**
 * Returns the reason why a folder cannot be written (`EROFS`, `EACCES` …); undefined if it can. Asked for itself, as
 * other calls hide it: `mkdir` with `recursive` answers ENOENT on a read-only file system, and SQLite has one code for
 * all of it.
 */
export function writeRefusal(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return systemErrorCode(error) ?? "unknown error";
  }
}
