import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";

/*
 * HOME/home-id names a home for good, wherever its folder is moved. A home that takes the place of another one gets a
 * new name, by which that one is refused from then on; its former name stands below until the records have the new one.
 */

export interface HomeId {
  readonly id: string;
  readonly former?: string;
  /**
   * The same in every container and on every machine that sees this folder, and after it was renamed; another one in a
   * copy, whatever it was copied with: no program sets the time of the last change of a file's facts.
   */
  readonly mark: string;
}

/** Reads the name, made where there is none. */
export function homeId(folder: string): HomeId {
  const found = findHomeId(folder);
  if (found !== undefined) return found;
  const aside = writeAside(folder, [crypto.randomUUID()]);
  try {
    // One of two processes that begin at once makes it.
    linkSync(aside, pathIn(folder));
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return findHomeId(folder) ?? homeId(folder);
}

export function findHomeId(folder: string): HomeId | undefined {
  try {
    const [id = "", former] = readFileSync(pathIn(folder), "utf8").trim().split("\n");
    const { ino, ctimeNs } = statSync(pathIn(folder), { bigint: true });
    return { id, mark: `${ino} ${ctimeNs}`, ...(former !== undefined && { former }) };
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || systemErrorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Gives the home another name, beside the one that it has. */
export function renameHome(folder: string): HomeId {
  const { id, former } = homeId(folder);
  if (former === undefined) renameSync(writeAside(folder, [crypto.randomUUID(), id]), pathIn(folder));
  return homeId(folder);
}

function writeAside(folder: string, names: readonly string[]): string {
  const aside = `${pathIn(folder)}.${crypto.randomUUID()}`;
  writeFileSync(aside, `${names.join("\n")}\n`, { mode: 0o600, flush: true });
  return aside;
}

function pathIn(folder: string): string {
  return join(folder, "home-id");
}
