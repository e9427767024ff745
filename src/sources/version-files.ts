import type { BlobStore } from "../blobs/index.ts";
import { HeadraceError } from "../errors.ts";
import { shownProperties, type VersionFile } from "../store/index.ts";
import { safeFolderName } from "./file-name.ts";
import type { FetchedFile } from "./sources.ts";
import { unavailable } from "./unavailable.ts";

/** Throws HR_BLOB_MISSING for a file whose content is no longer stored. */
export async function requireContents(uri: string, files: readonly VersionFile[], blobs: BlobStore): Promise<void> {
  const missing = new Set(await blobs.missing(files.map(({ sha256 }) => sha256)));
  const lost = files.find(({ sha256 }) => missing.has(sha256));
  if (lost === undefined) return;
  throw new HeadraceError(
    "HR_BLOB_MISSING",
    `input ${uri}: the content of "${lost.name}" (${lost.sha256}) is no longer stored`,
    { hint: "bring it back from a backup, or run again what made it" },
  );
}

/** Throws HR_INPUT_UNAVAILABLE for a file that was purged. */
export function requireThere(uri: string, { name, purgedAt }: VersionFile): void {
  if (purgedAt === undefined) return;
  const when = new Date(purgedAt).toISOString();
  throw unavailable(uri, `its file "${name}" was purged at ${when}`, "name a version without it");
}

/** A file of a version as an input gets it: under its path in the version. */
export function versionFile({ name, datumId, sha256, sizeBytes, properties }: VersionFile): FetchedFile {
  const parts = name.split("/").map(safeFolderName);
  return {
    name: parts.at(-1) ?? "_",
    directories: parts.slice(0, -1),
    fullPath: parts.join("/"),
    uri: `datum://${datumId}`,
    ...{ datumId, sha256, sizeBytes },
    ...shownProperties(properties),
  };
}
