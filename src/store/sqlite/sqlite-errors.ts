import { HeadraceError } from "../../errors.ts";

/** The result code of a failure that SQLite reported (`SQLITE_BUSY` …). */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return error.code.startsWith("SQLITE_") ? error.code : undefined;
}

/** Another connection holds a lock: trying again helps. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED"));
}

/**
 * Turns errors of the machine that hit the database into words for the user. Other errors (constraints, wrong SQL) are
 * bugs of ours and stay as they are.
 */
export function explainSqliteError(error: unknown, file: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const known = KNOWN_FAILURES.find((failure) =>
    failure.codes.some((prefix) => code === prefix || code.startsWith(`${prefix}_`)),
  );
  if (known === undefined) return error;
  return new HeadraceError(known.error, known.message(file), { hint: known.hint(file), cause: error });
}

interface KnownFailure {
  /** Primary result codes; their extended codes are meant as well. */
  readonly codes: readonly string[];
  readonly error: "HR_DISK_FULL" | "HR_STORE_UNAVAILABLE";
  readonly message: (file: string) => string;
  readonly hint: (file: string) => string;
}

const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    // The shared-memory file is grown with ftruncate and writes of its own, whose ENOSPC is not reported as
    // SQLITE_FULL.
    codes: ["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"],
    error: "HR_DISK_FULL",
    message: (file) => `the disk is full: the database ${file} cannot grow; what was recorded before is kept`,
    hint: () => "free some space on that disk, then try again",
  },
  {
    codes: ["SQLITE_BUSY", "SQLITE_LOCKED"],
    error: "HR_STORE_UNAVAILABLE",
    message: (file) => `the database ${file} is locked by another process`,
    hint: (file) => `wait for the other process or end it; \`fuser ${file}\` lists who has the file open`,
  },
  {
    codes: ["SQLITE_CORRUPT"],
    error: "HR_STORE_UNAVAILABLE",
    message: (file) => `the database ${file} is damaged`,
    hint: (file) =>
      `restore it from a backup, or move it away and save what is readable with \`sqlite3 ${file} .recover\``,
  },
  {
    codes: ["SQLITE_NOTADB"],
    error: "HR_STORE_UNAVAILABLE",
    message: (file) => `${file} is not a database`,
    hint: () => "move that file away (a new database is then created), or restore the database from a backup",
  },
  {
    codes: ["SQLITE_READONLY"],
    error: "HR_STORE_UNAVAILABLE",
    message: (file) => `the database ${file} cannot be written`,
    hint: () => "check that you may write both that file and its folder",
  },
  {
    codes: ["SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH"],
    error: "HR_STORE_UNAVAILABLE",
    message: (file) => `the database ${file} cannot be opened`,
    hint: () => "check that it is a file and that you may read and write both it and its folder",
  },
  {
    codes: ["SQLITE_IOERR", "SQLITE_NOLFS", "SQLITE_PROTOCOL"],
    error: "HR_STORE_UNAVAILABLE",
    message: (file) => `the database ${file} cannot be read or written: the disk reports an error`,
    hint: () => "check the disk and its file system; network file systems often lack the locks that a database needs",
  },
];
