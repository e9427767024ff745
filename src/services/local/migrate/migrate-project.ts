import { join } from "node:path";
import type { MigrationView } from "../../../api/index.ts";
import { type BlobStore, openBlobStore, openS3BlobStore } from "../../../blobs/index.ts";
import { HeadraceError } from "../../../errors.ts";
import {
  copyProject,
  type DatabaseIdentity,
  openDatabase,
  type ProjectPlace,
  type RunState,
  type StorePlace,
} from "../../../store/index.ts";
import type { Backends } from "../../installation/backends.ts";
import type { ProjectResources } from "../../installation/project-resources.ts";
import { blobFolder, cacheFolder, databaseFile, prepareStateFolder } from "../../installation/state-folder.ts";
import { folderOf } from "../folder-of.ts";
import { copyFiles } from "./copy-files.ts";
import { noteFormer, transferOwnership } from "./transfer-ownership.ts";
import { withoutPassword } from "./without-password.ts";

/** The place to which a project is to be moved; what is not named stays where it is. */
export interface MigrateRequest {
  /** `postgres://…`, or `sqlite` for the file beside the project. */
  readonly database?: string;
  /** The project's name in a PostgreSQL database. */
  readonly name?: string;
  /** `s3://bucket/prefix`, or `local` for this machine's disk. */
  readonly files?: string;
}

export interface MigrateProgress {
  readonly what: "records" | "files";
  readonly done: number;
}

const LOCAL_DATABASE = "sqlite";
const LOCAL_FILES = "local";
const UNFINISHED: readonly RunState[] = ["created", "queued", "started", "stopping"];

/**
 * Copies a project's records and stored files to another database and store. Nothing is removed here but the note that
 * the former records refer to the files, so that the former place stays what it was. Files go first: a record never
 * stands where its file does not. Throws HR_CONFLICT while anything runs.
 */
export async function migrateProject(
  project: ProjectResources,
  request: MigrateRequest,
  onProgress: (progress: MigrateProgress) => void = () => {},
): Promise<MigrationView> {
  if (request.database === undefined && request.files === undefined) {
    throw new HeadraceError("HR_USAGE", "it is not said where the project is to go", {
      hint: [
        "give ",
        { do: "set", option: "destination", value: "postgres://…" },
        ", ",
        { do: "set", option: "destination", value: "sqlite" },
        ", ",
        { do: "set", option: "blobs", value: "s3://…" },
        " or ",
        { do: "set", option: "blobs", value: "local" },
      ],
    });
  }
  if (request.name !== undefined && (request.database ?? LOCAL_DATABASE) === LOCAL_DATABASE) {
    throw new HeadraceError("HR_USAGE", "a project gets a name of its own only on a PostgreSQL server", {
      hint: "a file holds one project and needs no name for it",
    });
  }
  const here = project.backends;
  const target = request.database === undefined ? undefined : targetOf(project, here, request.database, request.name);
  refuseSameFiles(here, request.files);
  const former = await requireRest(source(here));
  const place = request.files ?? here.blobs ?? LOCAL_FILES;
  const isNewThere =
    request.files !== undefined && (await withFiles(project, place, (blobs) => noteFormer(blobs, former)));
  let files = await moveFiles(project, here, request.files, onProgress);
  const records = target && (await moveRecords(project, here, target, onProgress));
  // Until the records were held fast, a run might still have come and gone.
  if (files !== undefined && records !== undefined) {
    const late = await moveFiles(project, here, request.files, () => {});
    if (late !== undefined) {
      files = { ...late, copied: files.copied + late.copied, copiedBytes: files.copiedBytes + late.copiedBytes };
    }
  }
  if (target !== undefined) {
    // A file holds this project alone; others of a server may have files in the same place.
    const isOver = here.database.file !== undefined || isNewThere;
    await withFiles(project, place, (blobs) => transferOwnership({ project, blobs, place, former, target, isOver }));
  }
  return {
    records: records ?? null,
    files: files ?? null,
    environment: environmentFor(request, target),
    filesAreLocal: (request.files ?? here.blobs ?? LOCAL_FILES) === LOCAL_FILES,
  };
}

function targetOf(project: ProjectResources, here: Backends, given: string, name: string | undefined): ProjectPlace {
  if (given === LOCAL_DATABASE) return { ...here.project, orOnly: true, file: databaseFile(project) };
  return { ...here.project, orOnly: false, name: name ?? here.project.name, url: given };
}

function refuseSameFiles(here: Backends, files: string | undefined): void {
  if (files === undefined || files !== (here.blobs ?? LOCAL_FILES)) return;
  throw new HeadraceError(
    "HR_CONFLICT",
    `the stored files are ${files === LOCAL_FILES ? "on this machine's disk" : "there"} already`,
    {
      hint: ["leave out ", { do: "set", option: "blobs" }, ", or name another place"],
    },
  );
}

/** Before hours of copying; the records are asked again when they are held fast. */
async function requireRest(place: ProjectPlace): Promise<DatabaseIdentity> {
  await using database = await openDatabase({ ...place, readOnly: true });
  const store = await database.ensureProject(place);
  const [run] = (await store.lists.runs({ limit: 1, states: UNFINISHED })).items;
  if (run === undefined) return await store.housekeeping.identity();
  throw new HeadraceError(
    "HR_CONFLICT",
    `run ${run.number} has not ended (${run.state}): a project is moved only while nothing runs`,
    {
      hint: [
        "let it end (",
        { do: "resume", run: run.number },
        " where nothing drives it), or end it by ",
        { do: "stop", run: run.number },
        "; then try again",
      ],
    },
  );
}

async function moveRecords(
  project: ProjectResources,
  here: Backends,
  target: ProjectPlace,
  onProgress: (progress: MigrateProgress) => void,
): Promise<NonNullable<MigrationView["records"]>> {
  if (target.file !== undefined) await prepareStateFolder(folderOf(project));
  const counts = new Map<string, number>();
  const report = await copyProject(source(here), target, (table, rows) => {
    counts.set(table, rows);
    onProgress({ what: "records", done: sum(counts.values()) });
  });
  return { ...report, rows: sum(report.tables.map(({ rows }) => rows)) };
}

function source(here: Backends): ProjectPlace {
  const place: StorePlace = here.database;
  return { ...place, ...here.project };
}

async function moveFiles(
  project: ProjectResources,
  here: Backends,
  target: string | undefined,
  onProgress: (progress: MigrateProgress) => void,
): Promise<NonNullable<MigrationView["files"]> | undefined> {
  if (target === undefined) return undefined;
  await using from = await openFiles(project, here.blobs ?? LOCAL_FILES);
  await using to = await openFiles(project, target);
  const report = await copyFiles(from.store, to.store, ({ copied }) => onProgress({ what: "files", done: copied }));
  return { from: from.shown, to: to.shown, ...report };
}

async function withFiles<T>(
  project: ProjectResources,
  place: string,
  work: (blobs: BlobStore) => Promise<T>,
): Promise<T> {
  await using files = await openFiles(project, place);
  return await work(files.store);
}

async function openFiles(
  project: ProjectResources,
  place: string,
): Promise<AsyncDisposable & { readonly store: BlobStore; readonly shown: string }> {
  if (place === LOCAL_FILES) {
    const store = await openBlobStore({ folder: blobFolder(project) });
    return { store, shown: blobFolder(project), [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
  }
  const store = await openS3BlobStore({ url: place, folder: join(cacheFolder(project), "blobs"), env: project.env });
  await store.checkReachable();
  return { store, shown: store.shown, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

function environmentFor(
  request: MigrateRequest,
  target: ProjectPlace | undefined,
): Readonly<Record<string, string | null>> {
  const database = target && { HEADRACE_DATABASE_URL: target.url === undefined ? null : withoutPassword(target.url) };
  const files =
    request.files === undefined ? {} : { HEADRACE_BLOBS: request.files === LOCAL_FILES ? null : request.files };
  // A file holds one project, whatever it is called.
  const name = request.name === undefined || target?.url === undefined ? {} : { HEADRACE_PROJECT: request.name };
  return { ...database, ...name, ...files };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
