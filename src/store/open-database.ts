import type { Database, Transaction } from "./database.ts";
import { MetadataDatabase } from "./metadata-database.ts";
import { isOutdated, migrate } from "./migrate.ts";

/** A database file, or the URL of a PostgreSQL database. */
export type StorePlace =
  /** Created, with its folder, unless `readOnly`. */
  | { readonly file: string; readonly url?: undefined }
  /** `postgres://user:password@host:port/database`; docs/postgresql.md says what its query may hold. */
  | { readonly url: string; readonly file?: undefined };

export type DatabaseOptions = StorePlace & DatabaseSettings;

export interface DatabaseSettings {
  /**
   * Only reads; writing fails. A file must exist. (A database of an older schema is brought up to date first, through
   * another connection.)
   */
  readonly readOnly?: boolean;
  /** Time to wait for another process's lock, and for a server that went away, before giving up; 30 s unless given. */
  readonly lockTimeoutMs?: number;
}

const LOCK_TIMEOUT_MS = 30_000;

/**
 * Opens a database of records, creating or migrating it first where needed. Several processes may do so at the same
 * time. Throws HR_STORE_UNAVAILABLE, HR_STORE_NEWER or HR_DISK_FULL.
 */
export async function openDatabase(options: DatabaseOptions): Promise<MetadataDatabase> {
  try {
    return await openAt(options);
  } catch (error) {
    if (options.file === undefined || options.readOnly !== true) throw error;
    const { copyWhereUnwritable } = await import("./sqlite/read-only-copy.ts");
    return await openAt({ ...options, file: copyWhereUnwritable(error, options.file) });
  }
}

async function openAt(options: DatabaseOptions): Promise<MetadataDatabase> {
  const database = await connect(options, options.readOnly ?? false);
  try {
    if (await isOutdated(database)) await bringForward(database, options);
    return new MetadataDatabase(database, (work) => write(database, options, work));
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/** Only this function knows the kind of the database; its client is loaded when it is needed. */
export async function connect(
  options: StorePlace & Pick<DatabaseSettings, "lockTimeoutMs">,
  readOnly: boolean,
): Promise<Database> {
  const lockTimeoutMs = options.lockTimeoutMs ?? LOCK_TIMEOUT_MS;
  if (options.url !== undefined) {
    const { openPostgres } = await import("./postgres/open-postgres.ts");
    return openPostgres({ url: options.url, readOnly, lockTimeoutMs });
  }
  const { openSqlite } = await import("./sqlite/open-sqlite.ts");
  return openSqlite({ file: options.file, readOnly, lockTimeoutMs });
}

/** Copies a database file as it is at one moment, while others use it. The target must not exist. */
export async function copyDatabaseFile(from: string, to: string): Promise<void> {
  (await import("./sqlite/copy-sqlite.ts")).copySqlite(from, to);
}

/** Throws HR_STORE_UNAVAILABLE where a file is no whole database. */
export async function checkDatabaseFile(file: string): Promise<void> {
  (await import("./sqlite/copy-sqlite.ts")).checkSqlite(file);
}

async function bringForward(database: Database, options: DatabaseOptions): Promise<void> {
  if (options.readOnly !== true) return migrate(database);
  await using writable = await connect(options, false);
  await migrate(writable);
}

async function write<T>(
  database: Database,
  options: DatabaseOptions,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  if (options.readOnly !== true) return database.transaction("immediate", work);
  await using writable = await connect(options, false);
  return await writable.transaction("immediate", work);
}
