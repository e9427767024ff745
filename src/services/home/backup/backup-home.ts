import { createWriteStream, existsSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BackupView } from "../../../api/index.ts";
import { type BlobStore, openBlobStore } from "../../../blobs/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { faultPoint } from "../../../fault-point.ts";
import { ownLabel } from "../../../machine/index.ts";
import { makeFolder } from "../../../make-folder.ts";
import { copyDatabase, copyDatabaseFile, openDatabase } from "../../../store/index.ts";
import { statement } from "../../../store/sql.ts";
import { programVersion } from "../../../version.ts";
import type { Variables } from "../../installation/installation.ts";
import { openBlobs } from "../../installation/open-blobs.ts";
import { sha256OfFile } from "../../local/backup/backup-project.ts";
import { copyFiles } from "../../local/migrate/copy-files.ts";
import { backendsOf } from "../home-origin.ts";
import { homePlaces } from "../home-places.ts";
import {
  BLOBS,
  FILE_LIST,
  type HomeManifest,
  homeBackupView,
  MANIFEST,
  RECORDS,
  requireNewFolder,
} from "./manifest.ts";
import { copyPlainFile, type PlainFile, plainFilesOf } from "./plain-files.ts";

export interface HomeBackupOptions {
  readonly home: string;
  readonly env: Variables;
  readonly now: number;
  /** False: stored files are looked at, and stay where they are. */
  readonly copiesFiles: boolean;
}

/**
 * Copies a home into a new folder while its servers run: the records of all projects, users and the audit log as of one
 * moment; then the stored files, which those refer to and which never change; then repositories and settings. Keys are
 * no part of it. The folder has its name once it is whole; one that was left half-way is gone on with.
 */
export async function backupHome(target: string, options: HomeBackupOptions): Promise<BackupView> {
  const folder = resolve(target);
  requireNewFolder(folder);
  const places = homePlaces(resolve(options.home), options.env);
  if (places.database.file !== undefined && !existsSync(places.database.file))
    throw new HeadraceError("HR_NOT_FOUND", `${places.folder} is no home: it has no records`, {
      hint: "name the folder that the server keeps its records in",
    });
  const part = `${folder}.part`;
  makeFolder(part, 0o700);
  const records = join(part, RECORDS);
  // An earlier try may have left them; they lack everything that was stored since.
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${records}${suffix}`, { force: true });
  if (places.database.file === undefined) await copyDatabase(places.database, { file: records });
  else await copyDatabaseFile(places.database.file, records);
  const { projects, secrets } = await countsOf(records);
  faultPoint("home-records-saved");
  const backends = backendsOf(places, { id: "", name: "" });
  await using from = await openBlobs({ stateFolder: places.folder }, backends, options.env, await ownLabel());
  const count = await saveFiles(from, part, options.copiesFiles);
  faultPoint("home-files-saved");
  const others: PlainFile[] = [];
  rmSync(join(part, "mirrors"), { recursive: true, force: true });
  for (const path of plainFilesOf(places.folder)) {
    const copied = await copyPlainFile(places.folder, part, path);
    if (copied !== undefined) others.push(copied);
  }
  const manifest: HomeManifest = {
    ...{ format: 1, kind: "home", version: programVersion(), createdAt: new Date(options.now).toISOString() },
    ...{ projects, secrets, others, files: { count, copied: options.copiesFiles } },
    records: { sha256: await sha256OfFile(records), sizeBytes: statSync(records).size },
  };
  writeFileSync(join(part, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
  requireNewFolder(folder);
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
  return homeBackupView(folder, manifest);
}

const countProjects = statement<Record<string, never>, { count: number }>("select count(*) as count from projects");
const countSecrets = statement<Record<string, never>, { count: number }>(
  "select count(*) as count from variables where is_secret = 1",
);

/** As one file: what is in its log is written to it, since the copy is that file alone. */
async function countsOf(file: string): Promise<{ readonly projects: number; readonly secrets: number }> {
  await using opened = await openDatabase({ file });
  const { database } = opened.installation.scope;
  const [projects, secrets] = [await database.get(countProjects, {}), await database.get(countSecrets, {})];
  return { projects: projects?.count ?? 0, secrets: secrets?.count ?? 0 };
}

/** Returns how many there are. */
async function saveFiles(from: BlobStore, part: string, copies: boolean): Promise<number> {
  if (copies) {
    await using to = await openBlobStore({ folder: join(part, BLOBS) });
    return (await copyFiles(from, to)).files;
  }
  let count = 0;
  const lines = async function* (): AsyncGenerator<string> {
    for (const list of [from.list(), from.trash.list()])
      for await (const { sha256, sizeBytes } of list) {
        count += 1;
        yield `${sha256} ${sizeBytes}\n`;
      }
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(part, FILE_LIST), { mode: 0o600, flush: true }));
  return count;
}
