import type { Database } from "./database.ts";
import { isOutdated, migrate } from "./migrate.ts";
import { addProject, findProject } from "./projects.ts";
import { SqlStore } from "./sql-store.ts";
import type { Store } from "./store.ts";

/** A database file, or the URL of a PostgreSQL database. */
export type StorePlace =
  /** Created, with its folder, unless `readOnly`. */
  | { readonly file: string; readonly url?: undefined }
  /** `postgres://user:password@host:port/database`; docs/postgresql.md says what its query may hold. */
  | { readonly url: string; readonly file?: undefined };

export type StoreOptions = StorePlace & StoreSettings;

export interface StoreSettings {
  /** Only reads; writing fails. A file must exist. (A database of an older schema is brought up to date first, through another connection.) */
  readonly readOnly?: boolean;
  /**
   * In PostgreSQL, which may hold many projects, this says which one it is: others that open the same name share it.
   * A file holds one project, and only a new one takes this name.
   */
  readonly projectName: string;
  /** How long to wait for another process's lock, and for a server that went away, before giving up; 30 s unless given. */
  readonly lockTimeoutMs?: number;
}

const LOCK_TIMEOUT_MS = 30_000;

/**
 * Opens the project's database, creating or migrating it first where needed. Several processes may do so at the same time.
 * Throws HR_STORE_UNAVAILABLE, HR_STORE_NEWER or HR_DISK_FULL.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  try {
    return await openAt(options);
  } catch (error) {
    if (options.file === undefined || options.readOnly !== true) throw error;
    const { copyWhereUnwritable } = await import("./sqlite/read-only-copy.ts");
    return await openAt({ ...options, file: copyWhereUnwritable(error, options.file) });
  }
}

async function openAt(options: StoreOptions): Promise<Store> {
  const database = await connect(options, options.readOnly ?? false);
  try {
    return new SqlStore(database, await prepare(database, options));
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** Which database it is shows here only; its client is loaded when it is needed. */
export async function connect(options: StorePlace & Pick<StoreSettings, "lockTimeoutMs">, readOnly: boolean): Promise<Database> {
  const lockTimeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  if (options.url !== undefined) {
    const { openPostgres } = await import("./postgres/open-postgres.ts");
    return openPostgres({ url: options.url, readOnly, lockTimeoutMs });
  }
  const { openSqlite } = await import("./sqlite/open-sqlite.ts");
  return openSqlite({ file: options.file, readOnly, lockTimeoutMs });
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
