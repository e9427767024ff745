import { closeSync, existsSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Sqlite from "better-sqlite3";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import { makeFolder } from "../../make-folder.ts";
import { writeRefusal } from "../../write-refusal.ts";
import type { Database } from "../database.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { APPLICATION_ID } from "./sqlite-dialect.ts";
import { explainSqliteError, sqliteCode } from "./sqlite-errors.ts";

export interface SqliteOptions {
  readonly file: string;
  readonly readOnly: boolean;
  /** Time to wait for another process's lock before giving up. */
  readonly lockTimeoutMs: number;
}

/** The share of the patience that blocks the event loop. A usual transaction of another process is over in 1 ms. */
const BLOCKING_WAIT_MS = 50;
/** A large run leaves a large log behind; it is cut to this size once it has been written back. */
const LOG_LIMIT_BYTES = 16 * 1024 * 1024;

export async function openSqlite(given: SqliteOptions): Promise<Database> {
  // Absolute, since SQLite gives names such as `:memory:` and `file:…` a meaning of their own.
  const options = { ...given, file: resolve(given.file) };
  if (options.readOnly) requireFile(options.file);
  else createFile(options.file);
  try {
    return await openFile(options);
  } catch (error) {
    const refusal = needsWriting(error) ? writeRefusal(dirname(options.file)) : undefined;
    if (refusal === undefined) throw error;
    throw new UnwritableFolder(options.file, refusal, error);
  }
}

async function openFile(options: SqliteOptions): Promise<Database> {
  const connection = connect(options);
  const database = new SqliteDatabase(connection, options.file, options.lockTimeoutMs);
  try {
    await database.patiently(() => configure(connection, options));
    return database;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function connect(options: SqliteOptions): Sqlite.Database {
  try {
    return new Sqlite(options.file, { readonly: options.readOnly, fileMustExist: true, timeout: BLOCKING_WAIT_MS });
  } catch (error) {
    throw explainSqliteError(error, options.file);
  }
}

/** Settings of the connection, and of the file where it is new. May be repeated. */
function configure(connection: Sqlite.Database, options: SqliteOptions): void {
  requireOurs(connection, options.file);
  connection.pragma("foreign_keys = on");
  // Sorting must work on a full disk too; first pages never sort more than some hundred rows.
  connection.pragma("temp_store = memory");
  if (options.readOnly) return;
  // Switching needs the file for oneself, and fails at once when two processes create it together: hence asked for only
  // where needed.
  if (connection.pragma("journal_mode", { simple: true }) !== "wal") connection.pragma("journal_mode = wal");
  // FULL: a commit is on the disk when it returns. NORMAL would lose the last commits with the machine's power.
  connection.pragma("synchronous = full");
  connection.pragma(`journal_size_limit = ${LOG_LIMIT_BYTES}`);
}

function requireOurs(connection: Sqlite.Database, file: string): void {
  const isOurs = () => connection.pragma("application_id", { simple: true }) === APPLICATION_ID;
  if (isOurs()) return;
  const tables = connection.prepare("select count(*) from sqlite_master").pluck().get();
  // Asked again: between the two questions another process may have set up the empty file.
  if (tables === 0 || isOurs()) return;
  throw new HeadraceError("HR_STORE_UNAVAILABLE", `${file} is the database of another program`, {
    hint: "move that file away; Headrace then creates its own",
  });
}

function requireFile(file: string): void {
  if (existsSync(file)) return;
  throw new HeadraceError("HR_STORE_UNAVAILABLE", `there is no database at ${file} yet`, {
    hint: "the first run creates it",
  });
}

/** Failures whose cause may be that nothing can be written beside the file. */
function needsWriting(error: unknown): boolean {
  const code = error instanceof HeadraceError ? (sqliteCode(error.cause) ?? "") : "";
  return ["SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM"].some((prefix) => code.startsWith(prefix));
}

/** The file is there, and nothing can be written beside it; which SQLite needs even for reading. */
export class UnwritableFolder extends HeadraceError {
  constructor(file: string, refusal: string, cause: unknown) {
    const isReadOnly = refusal === "EROFS";
    const why = isReadOnly ? "its folder is on a read-only file system" : "its folder may not be written";
    const change = isReadOnly
      ? "work in a copy of the project"
      : "make the folder yours or work in a copy of the project";
    super("HR_STORE_UNAVAILABLE", `the database ${file} cannot be written: ${why} (${refusal})`, {
      hint: `commands that only look work there; to run something, ${change}`,
      cause,
    });
  }
}

/**
 * Records hold paths and parameters of the user's work: nobody else may read them. SQLite gives its side files the same
 * mode.
 */
function createFile(file: string): void {
  try {
    makeFolder(dirname(file), 0o700);
    closeSync(openSync(file, "ax", 0o600));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EEXIST" && existsSync(file)) return;
    const full = code === "ENOSPC" || code === "EDQUOT";
    // For a file in a folder's place mkdir says EEXIST, which would puzzle whoever reads it.
    const refusal = writeRefusal(dirname(file));
    if (refusal === "EROFS") throw new UnwritableFolder(file, refusal, error);
    const reason = code === "EEXIST" ? "ENOTDIR" : (code ?? "unknown");
    throw new HeadraceError(
      full ? "HR_DISK_FULL" : "HR_STORE_UNAVAILABLE",
      `the database ${file} cannot be created (${reason})`,
      {
        hint: full
          ? "free some space on that disk, then try again"
          : `check that ${dirname(file)} is a folder and that you may write in it`,
        cause: error,
      },
    );
  }
}
