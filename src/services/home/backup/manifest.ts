import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BackupView } from "../../../api/index.ts";
import { HeadraceError, systemErrorCode } from "../../../errors.ts";
import type { PlainFile } from "./plain-files.ts";

/** The content of `backup.json` of a home, without which a folder is no backup of one. */
export interface HomeManifest {
  readonly format: 1;
  readonly kind: "home";
  readonly version: string;
  readonly createdAt: string;
  readonly projects: number;
  /** Secrets that are sealed in the records; their keys are not in the backup. */
  readonly secrets: number;
  readonly records: { readonly sha256: string; readonly sizeBytes: number };
  readonly files: {
    readonly count: number;
    /** False: they are in the store of files alone, where each was seen. */
    readonly copied: boolean;
  };
  readonly others: readonly PlainFile[];
}

export const RECORDS = "records.db";
export const BLOBS = "blobs";
/** A list of the files that there must be, one a line, if the files themselves are not copied. */
export const FILE_LIST = "files.txt";
export const MANIFEST = "backup.json";

export function homeBackupView(folder: string, manifest: HomeManifest): BackupView {
  const { createdAt, version, records, files, projects, secrets } = manifest;
  return {
    ...{ folder, project: null, projects, createdAt, version, recordsBytes: records.sizeBytes },
    ...{ files: files.count, filesCopied: files.copied, secrets },
  };
}

export function readHomeManifest(folder: string): HomeManifest {
  const none = (why: string): HeadraceError =>
    new HeadraceError("HR_NOT_FOUND", `${folder} is no backup of a home: ${why}`, {
      hint: "name the folder that a backup was written to; one whose name ends in .part was not finished",
    });
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as Partial<HomeManifest> | null;
    if (manifest?.kind !== "home") throw none("it is that of a folder's project");
    if (manifest.format !== 1 || !Array.isArray(manifest.others)) throw none(`its ${MANIFEST} is of another program`);
    return manifest as HomeManifest;
  } catch (error) {
    if (error instanceof HeadraceError) throw error;
    throw none(systemErrorCode(error) === undefined ? `its ${MANIFEST} is no JSON` : `it has no ${MANIFEST}`);
  }
}

export function requireNewFolder(folder: string): void {
  if (!existsSync(folder) || (statSync(folder).isDirectory() && readdirSync(folder).length === 0)) return;
  throw new HeadraceError("HR_CONFLICT", `${folder} is there already, and is not empty`, {
    hint: "name a folder that does not exist yet: a backup replaces nothing",
  });
}
