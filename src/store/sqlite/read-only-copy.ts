import { constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { UnwritableFolder } from "./open-sqlite.ts";

const ATTEMPTS = 5;

/**
 * If the folder of a database cannot be written, makes a copy that can be read; throws the error of the opening if it
 * has another cause.
 */
export function copyWhereUnwritable(error: unknown, file: string): string {
  if (!(error instanceof UnwritableFolder)) throw error;
  return copyForReading(file);
}

/**
 * A copy of a database whose folder cannot be written, for the length of the process. SQLite reads a database with a
 * write-ahead log only where it can make a file beside it. (`immutable` would do without, but the binding is built
 * without the URIs that ask for it.)
 */
function copyForReading(file: string): string {
  const folder = mkdtempSync(join(tmpdir(), "headrace-read-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, basename(file));
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = stampOf(file);
      for (const suffix of ["", "-wal"]) copyOne(`${file}${suffix}`, `${copy}${suffix}`);
      // Somebody may write it from another machine: both files have to be of one moment.
      if (stampOf(file) === before) return copy;
    }
  } catch (error) {
    throw new HeadraceError(
      systemErrorCode(error) === "ENOSPC" ? "HR_DISK_FULL" : "HR_STORE_UNAVAILABLE",
      `the database ${file}, whose folder cannot be written, cannot be copied to ${folder} to be read (${systemErrorCode(error) ?? error})`,
      { hint: "set TMPDIR to a folder with room for it", cause: error },
    );
  }
  throw new HeadraceError("HR_STORE_UNAVAILABLE", `the database ${file} is being written too often to be copied`, {
    hint: "try again, or work where its folder can be written",
  });
}

function copyOne(from: string, to: string): void {
  rmSync(to, { force: true });
  if (existsSync(from)) copyFileSync(from, to, constants.COPYFILE_FICLONE);
}

function stampOf(file: string): string {
  return ["", "-wal"]
    .map((suffix) => statSync(`${file}${suffix}`, { bigint: true, throwIfNoEntry: false }))
    .map((stats) => (stats === undefined ? "-" : `${stats.ino}:${stats.size}:${stats.mtimeNs}`))
    .join(" ");
}
