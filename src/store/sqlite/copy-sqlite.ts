import { closeSync, fsyncSync, openSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { explainSqliteError } from "./sqlite-errors.ts";

/** A transaction of another process is over long before. */
const PATIENCE_MS = 30_000;

/**
 * Copies a database file as it is at one moment, while others read and write it: one read transaction, which keeps
 * nobody from writing. The engines at work on it are not copied. The target must not exist; only its owner may read it.
 */
export function copySqlite(from: string, to: string): void {
  try {
    closeSync(openSync(to, "wx", 0o600));
    using source = opened(from, { readonly: true });
    source.database.prepare("vacuum into ?").run(to);
    using copy = opened(to, {});
    copy.database.exec("delete from engines; delete from engine_processes;");
  } catch (error) {
    throw explainSqliteError(error, from);
  }
  const file = openSync(to, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Throws where the file is no whole database, whatever its name says. */
export function checkSqlite(file: string): void {
  try {
    using source = opened(file, { readonly: true });
    const found = source.database.pragma("quick_check(1)", { simple: true });
    if (found !== "ok") throw new Error(String(found));
  } catch (error) {
    throw explainSqliteError(error, file);
  }
}

function opened(file: string, options: { readonly readonly?: boolean }): Disposable & { database: Sqlite.Database } {
  const database = new Sqlite(file, { ...options, fileMustExist: true, timeout: PATIENCE_MS });
  return { database, [Symbol.dispose]: () => database.close() };
}
