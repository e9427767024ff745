import { createHash } from "node:crypto";
import { rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";
import { isRealFolder } from "./closed-homes.ts";
import { makeFolders } from "./make-folders.ts";
import { namesIn, targetOf } from "./read-safely.ts";

/**
 * Notes where a project of the user keeps its records, in a folder of his cache: links named by hashes. Steps of one
 * project must not read those of another, and a folder's place is known to whoever has opened it alone.
 */
export function noteStateFolder(register: string, stateFolder: string): void {
  try {
    makeFolders(register);
    symlinkSync(stateFolder, join(register, createHash("sha256").update(stateFolder).digest("hex").slice(0, 16)));
  } catch (error) {
    // Noted already; or the cache cannot be written, and then nothing can be noted.
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/** Returns that folder: beside the other things that Headrace keeps of the user's machine. */
export function registerOf(base: Readonly<Record<string, string>>, home: string | undefined): string | undefined {
  const cache = base.XDG_CACHE_HOME?.startsWith("/") === true ? base.XDG_CACHE_HOME : home && join(home, ".cache");
  return cache === undefined ? undefined : join(cache, "headrace/projects");
}

/** The state folders that are noted and still there; forgets those that are gone. */
export function notedStateFolders(register: string): readonly string[] {
  return namesIn(register).flatMap((name) => {
    const link = join(register, name);
    const folder = targetOf(link);
    if (folder !== undefined && isRealFolder(folder)) return [folder];
    // A disk that is merely not mounted has no folder around it either.
    if (folder === undefined || isRealFolder(dirname(folder))) rmSync(link, { force: true });
    return [];
  });
}
