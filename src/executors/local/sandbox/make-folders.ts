import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { systemErrorCode } from "../../../errors.ts";

/**
 * Makes a folder and those around it, for this user alone. For places that come from variables: the `recursive` of
 * mkdirSync never ends where a file system refuses with "no such file" (below /proc).
 */
export function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  }
}
