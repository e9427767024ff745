import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { BackupView } from "../../../api/index.ts";
import { openBlobStore } from "../../../blobs/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { makeFolder } from "../../../make-folder.ts";
import { copyDatabaseFile, copyProject, openDatabase } from "../../../store/index.ts";
import { programVersion } from "../../../version.ts";
import type { ProjectResources } from "../../installation/project-resources.ts";
import { announceStoring } from "../../installation/storing.ts";
import { copyFiles } from "../migrate/copy-files.ts";

/** The content of `backup.json`, without which a folder is no backup. */
export interface BackupManifest {
  readonly format: 1;
  readonly version: string;
  readonly project: { readonly id: string; readonly name: string };
  readonly createdAt: string;
  readonly records: { readonly sha256: string; readonly sizeBytes: number };
  readonly files: number;
}

export const RECORDS = "records.db";
export const BLOBS = "blobs";
export const MANIFEST = "backup.json";

/**
 * Copies records and stored files into a new folder. Records in a file are taken as of one moment while runs go on;
 * those of a server only while none does. Records come first: what they refer to is stored by then, and nobody clears
 * it up meanwhile. The folder has its name once it is whole; one that was left half-way is gone on with.
 */
export async function backupProject(project: ProjectResources, target: string, now: number): Promise<BackupView> {
  const folder = resolve(target);
  requireNew(folder);
  const { database, project: wanted } = project.backends;
  const part = `${folder}.part`;
  makeFolder(part, 0o700);
  const records = join(part, RECORDS);
  // An earlier try may have left them; they lack everything that was stored since.
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${records}${suffix}`, { force: true });
  using _storing = await announceStoring(project);
  if (database.file === undefined) await copyProject({ ...database, ...wanted }, { ...wanted, file: records });
  else await copyDatabaseFile(database.file, records);
  await using to = await openBlobStore({ folder: join(part, BLOBS) });
  const { files } = await copyFiles(await project.blobs(), to);
  const manifest: BackupManifest = {
    ...{ format: 1, version: programVersion(), project: await projectIn(records), files },
    createdAt: new Date(now).toISOString(),
    records: { sha256: await sha256OfFile(records), sizeBytes: statSync(records).size },
  };
  writeFileSync(join(part, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
  requireNew(folder);
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  return backupView(folder, manifest);
}

export function backupView(folder: string, manifest: BackupManifest): BackupView {
  const { project, createdAt, version, records, files } = manifest;
  const of = { project: project.name, projects: 1, files, filesCopied: true, secrets: 0 };
  return { folder, createdAt, version, recordsBytes: records.sizeBytes, ...of };
}

function requireNew(folder: string): void {
  if (!existsSync(folder) || (statSync(folder).isDirectory() && readdirSync(folder).length === 0)) return;
  throw new HeadraceError("HR_CONFLICT", `${folder} is there already, and is not empty`, {
    hint: "name a folder that does not exist yet: a backup replaces nothing",
  });
}

async function projectIn(file: string): Promise<BackupManifest["project"]> {
  await using database = await openDatabase({ file });
  const [project] = await database.installation.listProjects();
  if (project === undefined) throw new HeadraceError("HR_NOT_FOUND", "nothing has been recorded in this project yet");
  return { id: project.id, name: project.name };
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
