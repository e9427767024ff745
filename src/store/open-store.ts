import type { Database } from "./database.ts";
import { isOutdated, migrate } from "./migrate.ts";
import { addProject, findProject } from "./projects.ts";
import { SqlStore } from "./sql-store.ts";
import type { Store } from "./store.ts";

export interface StoreOptions {
  /** The database file; created, with its folder, unless `readOnly`. */
  readonly file: string;
  /** Only reads; writing fails. The file must exist. (One of an older schema is brought up to date first, through a connection of its own.) */
  readonly readOnly?: boolean;
  /** What a new project is called. A database file that has a project keeps its name. */
  readonly projectName: string;
  /** How long to wait for another process's lock before giving up; 30 s unless given. */
  readonly lockTimeoutMs?: number;
}

const LOCK_TIMEOUT_MS = 30_000;

/**
 * Opens the project's database, creating or migrating it first where needed. Several processes may do so at the same time.
 * Throws HR_STORE_UNAVAILABLE, HR_STORE_NEWER or HR_DISK_FULL.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const database = await connect(options, options.readOnly ?? false);
  try {
    return new SqlStore(database, await prepare(database, options));
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** Which database it is shows here only; its client is loaded when it is needed. */
async function connect(options: StoreOptions, readOnly: boolean): Promise<Database> {
  const { openSqlite } = await import("./sqlite/open-sqlite.ts");
  return openSqlite({ file: options.file, readOnly, lockTimeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS });
}

/** Returns the project's key. In a database that is up to date this is two small reads. */
async function prepare(database: Database, options: StoreOptions): Promise<number> {
  if (!(await isOutdated(database))) {
    const project = await findProject(database, options.projectName);
    if (project !== undefined) return project;
  }
  if (options.readOnly !== true) return create(database, options.projectName);
  await using writable = await connect(options, false);
  return await create(writable, options.projectName);
}

async function create(database: Database, projectName: string): Promise<number> {
  await migrate(database);
  return addProject(database, projectName);
}
