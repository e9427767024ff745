import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BackupView } from "../../../api/index.ts";
import { openBlobStore } from "../../../blobs/index.ts";
import { HeadraceError, systemErrorCode } from "../../../errors.ts";
import { checkDatabaseFile } from "../../../store/index.ts";
import type { ProjectResources } from "../../installation/project-resources.ts";
import { databaseFile, prepareStateFolder } from "../../installation/state-folder.ts";
import { announceStoring } from "../../installation/storing.ts";
import { folderOf } from "../folder-of.ts";
import { copyFiles } from "../migrate/copy-files.ts";
import { type BackupManifest, BLOBS, backupView, MANIFEST, RECORDS, sha256OfFile } from "./backup-project.ts";

/**
 * Brings a backup into a project that has no records. Every file is compared with its hash on the way. The records
 * appear last, in one moment: whatever ends this half-way leaves a project without records, and it can be done again.
 */
export async function restoreProject(project: ProjectResources, source: string): Promise<BackupView> {
  const folder = resolve(source);
  const manifest = readManifest(folder);
  const { database } = project.backends;
  if (database.file === undefined)
    throw new HeadraceError(
      "HR_USAGE",
      "a backup is restored to a file beside the project, and this one's records are in PostgreSQL",
      {
        hint: "restore it without HEADRACE_DATABASE_URL, and move the project to PostgreSQL afterwards",
      },
    );
  requireNoRecords(database.file);
  const records = join(folder, RECORDS);
  if ((await sha256OfFile(records)) !== manifest.records.sha256)
    throw new HeadraceError("HR_RECORD_DAMAGED", `the records in ${folder} are not those that were saved`, {
      hint: "use another backup",
    });
  await prepareStateFolder(folderOf(project));
  using _storing = await announceStoring(project);
  await using from = await openBlobStore({ folder: join(folder, BLOBS) });
  const { files } = await copyFiles(from, await project.blobs());
  if (files < manifest.files)
    throw new HeadraceError(
      "HR_BLOB_MISSING",
      `${folder} has ${files} of the ${manifest.files} stored files that were saved`,
      {
        hint: "use another backup; nothing was restored",
      },
    );
  const aside = `${databaseFile(project)}.restored`;
  rmSync(aside, { force: true });
  copyFileSync(records, aside);
  await checkDatabaseFile(aside);
  requireNoRecords(database.file);
  renameSync(aside, database.file);
  return backupView(folder, manifest);
}

function readManifest(folder: string): BackupManifest {
  const none = (why: string): HeadraceError =>
    new HeadraceError("HR_NOT_FOUND", `${folder} is no backup: ${why}`, {
      hint: "name the folder that a backup was written to; one whose name ends in .part was not finished",
    });
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as Partial<BackupManifest> | null;
    if (manifest?.format !== 1) throw none(`its ${MANIFEST} is of another program`);
    return manifest as BackupManifest;
  } catch (error) {
    if (error instanceof HeadraceError) throw error;
    throw none(systemErrorCode(error) === undefined ? `its ${MANIFEST} is no JSON` : `it has no ${MANIFEST}`);
  }
}

function requireNoRecords(file: string): void {
  if (!existsSync(file)) return;
  throw new HeadraceError("HR_CONFLICT", `this project has records already (${file})`, {
    hint: "restore into another folder, or move that file away, with its -wal and -shm: a restore replaces nothing",
  });
}
