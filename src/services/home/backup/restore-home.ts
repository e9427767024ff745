import { copyFileSync, createReadStream, existsSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { BackupView } from "../../../api/index.ts";
import { type BlobStore, openBlobStore } from "../../../blobs/index.ts";
import { HeadraceError } from "../../../errors.ts";
import { faultPoint } from "../../../fault-point.ts";
import { ownLabel } from "../../../machine/index.ts";
import { checkDatabaseFile, copyDatabase, openDatabase } from "../../../store/index.ts";
import { statement } from "../../../store/sql.ts";
import type { Variables } from "../../installation/installation.ts";
import { openBlobs } from "../../installation/open-blobs.ts";
import { poolOf } from "../../installation/own-identity.ts";
import { sha256OfFile } from "../../local/backup/backup-project.ts";
import { copyFiles } from "../../local/migrate/copy-files.ts";
import { backendsOf } from "../home-origin.ts";
import { homePlaces, makeHome } from "../home-places.ts";
import { BLOBS, FILE_LIST, type HomeManifest, homeBackupView, RECORDS, readHomeManifest } from "./manifest.ts";
import { bringPlainFile } from "./plain-files.ts";

/**
 * Brings a backup into a home without records: a file, or an empty PostgreSQL database. Every file is compared with its
 * hash on the way. The records appear last, in one moment: whatever ends this half-way leaves a home without records,
 * and it can be done again.
 */
export async function restoreHome(
  source: string,
  { home, env }: { readonly home: string; readonly env: Variables },
): Promise<BackupView> {
  const folder = resolve(source);
  const manifest = readHomeManifest(folder);
  const places = homePlaces(resolve(home), env);
  const file = places.database.file;
  if (file !== undefined) requireNoRecords(file);
  const records = join(folder, RECORDS);
  if (!existsSync(records) || (await sha256OfFile(records)) !== manifest.records.sha256)
    throw new HeadraceError("HR_RECORD_DAMAGED", `the records in ${folder} are not those that were saved`, {
      hint: "use another backup",
    });
  makeHome(places.folder);
  const backends = backendsOf(places, { id: "", name: "" });
  {
    await using to = await openBlobs({ stateFolder: places.folder }, backends, env, await ownLabel());
    const found = manifest.files.copied ? await bringFiles(folder, to) : await presentFiles(folder, to);
    if (found < manifest.files.count) throw fewer(folder, found, manifest);
  }
  faultPoint("home-files-restored");
  for (const other of manifest.others) await bringPlainFile(folder, places.folder, other);
  // Beside the records, so that a crash leaves nothing that is taken for them.
  const aside = join(places.folder, "headrace.db.restored");
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${aside}${suffix}`, { force: true });
  copyFileSync(records, aside);
  await checkDatabaseFile(aside);
  await moveRuns(aside, poolOf({ backends, enginesFolder: places.folder }));
  faultPoint("home-records-aside");
  if (file === undefined) {
    await copyDatabase({ file: aside }, places.database);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${aside}${suffix}`, { force: true });
  } else {
    requireNoRecords(file);
    renameSync(aside, file);
  }
  return homeBackupView(folder, manifest);
}

const setPool = statement<{ pool: string }>("update runs set pool = :pool");

/** Runs go on where their files are now. */
async function moveRuns(file: string, pool: string): Promise<void> {
  await using opened = await openDatabase({ file });
  await opened.installation.scope.change(async ({ queries }) => void (await queries.run(setPool, { pool })));
}

async function bringFiles(folder: string, to: BlobStore): Promise<number> {
  await using from = await openBlobStore({ folder: join(folder, BLOBS) });
  return (await copyFiles(from, to)).files;
}

const AT_ONCE = 1_000;

/** Counts the files that were seen at the time and are in the store now. */
async function presentFiles(folder: string, store: BlobStore): Promise<number> {
  let present = 0;
  let page: string[] = [];
  const look = async (): Promise<void> => {
    present += page.length - (await store.missing(page)).length;
    page = [];
  };
  for await (const line of createInterface({ input: createReadStream(join(folder, FILE_LIST)) })) {
    page.push(line.split(" ")[0] ?? "");
    if (page.length === AT_ONCE) await look();
  }
  await look();
  return present;
}

function fewer(folder: string, found: number, { files: { count, copied } }: HomeManifest): HeadraceError {
  return new HeadraceError(
    "HR_BLOB_MISSING",
    copied
      ? `${folder} has ${found} of the ${count} stored files that were saved`
      : `the store of files has ${found} of the ${count} files that it had`,
    { hint: copied ? "use another backup; nothing was restored" : "name the bucket that has them (HEADRACE_BLOBS)" },
  );
}

function requireNoRecords(file: string): void {
  if (!existsSync(file)) return;
  throw new HeadraceError("HR_CONFLICT", `this home has records already (${file})`, {
    hint: "restore into another folder, or move that file away, with its -wal and -shm: a restore replaces nothing",
  });
}
