import { type BigIntStats, lstatSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type HeadraceError, systemErrorCode } from "../../errors.ts";
import type { FolderLocation } from "./project-location.ts";
import { cacheFolder } from "./state-folder.ts";

/**
 * Refuses a state folder that came with a git repository. The author of its records decides what is stored, removed and
 * run, and a link in it leads wherever the author likes: by `.headrace/cache/home/cache -> ~/.ssh` a step would write
 * there. Throws HR_STORE_UNAVAILABLE.
 *
 * Asking git costs some milliseconds; so it is noted for which folder it was asked, by what nobody can know beforehand.
 */
export async function refuseForeignState(location: FolderLocation): Promise<void> {
  const identity = identityOf(location.stateFolder);
  if (identity === undefined || noted(location) === identity) return;
  const foreign = await foreignState(location);
  if (foreign !== undefined) throw foreign;
  note(location, identity);
}

/** Returns what to say of a state folder that came with a repository; undefined if there is none. */
export async function foreignState({ root, stateFolder }: FolderLocation): Promise<HeadraceError | undefined> {
  if (identityOf(stateFolder) === undefined) return undefined;
  const { foreignRecords, trackedByGit } = await import("../../snapshots/index.ts");
  const tracked = await trackedByGit(root, basename(stateFolder));
  return tracked === undefined ? undefined : foreignRecords(tracked);
}

/** Also of a link in its place, which git can bring as well. */
function identityOf(folder: string): string | undefined {
  const look = (how: typeof lstatSync | typeof statSync): BigIntStats | undefined =>
    how(folder, { bigint: true, throwIfNoEntry: false }) as BigIntStats | undefined;
  try {
    const both = [look(lstatSync), look(statSync)].filter((stats) => stats !== undefined);
    return both.length === 0
      ? undefined
      : both.map(({ dev, ino, birthtimeNs }) => `${dev}:${ino}:${birthtimeNs}`).join(" ");
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

function noteFile(location: FolderLocation): string {
  return join(cacheFolder(location), "not-of-git");
}

function noted(location: FolderLocation): string | undefined {
  try {
    const file = noteFile(location);
    return lstatSync(file).isFile() ? readFileSync(file, "utf8") : undefined;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

function note(location: FolderLocation, identity: string): void {
  try {
    writeFileSync(noteFile(location), identity);
  } catch (error) {
    // A project that cannot be written to, or a folder without a cache yet: then it is asked again.
    if (systemErrorCode(error) === undefined) throw error;
  }
}
