import { chmodSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { makeFolder } from "../../make-folder.ts";
import { writeRefusal } from "../../write-refusal.ts";
import type { FolderLocation, ProjectLocation } from "./project-location.ts";

/*
 *  .headrace/
 *    headrace.db       the metadata database (store/)
 *    blobs/            every stored file, by content (blobs/)
 *    executions/ID/    folder of an execution: logs for good, the rest while it runs (contract/)
 *    shells/ID/        place of a `headrace shell`, while it is open (services/local/shell)
 *    worktrees/        checkouts that wait for the next step (snapshots/worktree)
 *    environments/     Python environments, where the user's cache folder cannot be written (executors/python)
 *    uncleared/ID      executions whose containers or folders could not be removed yet (engine/)
 *    storing/LABEL     processes that may be storing files and are no engines
 *    owners/ID         the databases whose records refer to what is here (services/housekeeping)
 *    housekeeping      who is clearing up, while somebody is (services/housekeeping)
 *    engine.log        what the engine of the last `run --detach` said
 *    cache/            what may be thrown away
 */

type StatePlace = Pick<ProjectLocation, "stateFolder">;

export function databaseFile(location: StatePlace): string {
  return join(location.stateFolder, "headrace.db");
}

export function blobFolder(location: StatePlace): string {
  return join(location.stateFolder, "blobs");
}

export function cacheFolder(location: StatePlace): string {
  return join(location.stateFolder, "cache");
}

export function worktreesFolder(location: StatePlace): string {
  return join(location.stateFolder, "worktrees");
}

export function unclearedFolder(location: StatePlace): string {
  return join(location.stateFolder, "uncleared");
}

export function storingFolder(location: StatePlace): string {
  return join(location.stateFolder, "storing");
}

export function shellsFolder(location: StatePlace): string {
  return join(location.stateFolder, "shells");
}

export function executionsFolder(location: StatePlace): string {
  return join(location.stateFolder, "executions");
}

export function executionFolderOf(location: StatePlace, executionId: string): string {
  return join(location.stateFolder, "executions", executionId);
}

/**
 * Returns true if a file of the state folder is there. A folder that may not be looked into is an error: its records
 * are not to be taken for absent.
 */
export function stateFileExists(location: ProjectLocation, file: string): boolean {
  try {
    statSync(file);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw new HeadraceError(
      "HR_STORE_UNAVAILABLE",
      `the state folder ${location.stateFolder} cannot be read (${code ?? "unknown error"})`,
      {
        hint: "only the user who made it may look into it: work as that user, or in a copy of the project",
        cause: error,
      },
    );
  }
}

/** Makes the state folder on first use, out of git's and other users' sight. */
export async function prepareStateFolder(location: FolderLocation): Promise<void> {
  if (stateFileExists(location, databaseFile(location))) return;
  try {
    makeFolder(location.stateFolder, 0o700);
    // It may have come with an archive or a repository, open to all.
    chmodSync(location.stateFolder, 0o700);
    mkdirSync(cacheFolder(location), { recursive: true });
    // Tools that honour the convention leave the folder out of backups and indexes of caches only; the data itself
    // stays in.
    writeFileSync(join(cacheFolder(location), "CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n");
  } catch (error) {
    const refusal = writeRefusal(location.root);
    throw new HeadraceError(
      "HR_STORE_UNAVAILABLE",
      `the state folder ${location.stateFolder} cannot be made (${refusal ?? systemErrorCode(error) ?? "unknown error"})`,
      {
        hint:
          refusal === "EROFS"
            ? "that file system is read-only, and Headrace keeps its records beside the configuration file: work in a copy of the project"
            : "Headrace keeps its records beside the configuration file: make that folder writable",
        cause: error,
      },
    );
  }
  const { ensureLocalGitExclude } = await import("../../snapshots/index.ts");
  await ensureLocalGitExclude(location.root, ".headrace/");
}
