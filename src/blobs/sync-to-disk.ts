import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { resolve as resolvePath } from "node:path";
import { findProgram, SYSTEM_PATH } from "../ask-program.ts";
import { systemErrorCode } from "../errors.ts";

/** From this many files on, one sync of the file system beats one per file: 4,000 files took 0.06 s against 0.94 s. */
const MANY_FILES = 64;
const PARALLEL_SYNCS = 16;

/** Returns once the file's bytes (or a folder's names) are on the disk. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems cannot sync a folder, and need not.
    if (systemErrorCode(error) !== "EINVAL") throw error;
  } finally {
    await handle.close();
  }
}

/** The same for many files or folders of one file system, that of `folder`. */
export async function syncFiles(folder: string, paths: readonly string[]): Promise<void> {
  if (paths.length >= MANY_FILES && (await syncFileSystem(folder))) return;
  const queue = paths.values();
  await Promise.all(
    Array.from({ length: PARALLEL_SYNCS }, async () => {
      for (const path of queue) await syncFile(path);
    }),
  );
}

/** syncfs(2), which Node does not offer, by way of coreutils; false where that is not to be had. */
function syncFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== "linux") return Promise.resolve(false);
  const sync = findProgram("sync", SYSTEM_PATH);
  if (sync === undefined) return Promise.resolve(false);
  const how = { cwd: "/", env: {} };
  return new Promise((resolve) =>
    execFile(sync, ["--file-system", "--", resolvePath(folder)], how, (error) => resolve(error === null)),
  );
}
