import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { MetadataDatabase } from "../../store/index.ts";
import type { HomePlaces } from "./home-places.ts";

/**
 * Throws HR_CONFLICT where the servers of the database keep their files elsewhere: what one of them has stored, the
 * other would miss. A database in the home itself is nobody else's.
 */
export async function requireOwnFiles(
  { folder, database: place, blobs }: HomePlaces,
  database: MetadataDatabase,
): Promise<void> {
  if (!("url" in place)) return;
  const own =
    blobs === undefined
      ? { place: `home ${idOf(folder)}`, describedAs: `the home ${hostname()}:${folder}` }
      : { place: blobs.replace(/\/+$/, ""), describedAs: blobs };
  const recorded = await database.installation.ensureFilesPlace(own);
  if (recorded.place === own.place) return;
  throw new HeadraceError(
    "HR_CONFLICT",
    `the servers of this database keep their files in ${recorded.describedAs}, and this one would keep them in ${own.describedAs}`,
    {
      hint: "give this home a database of its own, or all homes of the database one bucket (HEADRACE_BLOBS); a backup that is restored moves a home to another store",
    },
  );
}

/** Names a home for good, wherever its folder is moved. */
function idOf(folder: string): string {
  const path = join(folder, "home-id");
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
  }
  writeFileSync(aside, `${crypto.randomUUID()}\n`, { mode: 0o600, flush: true });
  try {
    // One of two processes that begin at once makes it.
    linkSync(aside, path);
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return readFileSync(path, "utf8").trim();
}
