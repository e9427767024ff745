import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { HeadraceError } from "../../errors.ts";

/** Files in which SQLite keeps what the database itself lacks: committed rows (`-wal`), or how to undo half a transaction (`-journal`). */
const BESIDE = ["-wal", "-journal"] as const;
const MAGIC = "SQLite format 3\0";

/** Refuses databases that lack what stands in a file beside them: a step would compute with rows missing, and nobody would notice a change. */
export class SqliteGuard {
  readonly #uri: string;
  readonly #taken: ReadonlySet<string>;
  readonly #folders = new Map<string, ReadonlySet<string>>();

  /** `taken` are the paths that belong to the input: a database together with its files is complete. */
  constructor(uri: string, taken: ReadonlySet<string>) {
    this.#uri = uri;
    this.#taken = taken;
  }

  /** `pinned` is a path to the very file that was looked at. */
  check(path: string, pinned: string): void {
    const names = this.#namesBeside(path);
    for (const suffix of BESIDE) {
      const beside = `${path}${suffix}`;
      if (!names.has(basename(beside)) || this.#taken.has(beside) || isEmpty(beside) || !isDatabase(pinned)) continue;
      throw new HeadraceError(
        "HR_INPUT_UNAVAILABLE",
        `Input ${this.#uri}: ${path} is an SQLite database, and some of its content stands in ${basename(beside)} beside it`,
        {
          hint: `End what uses it, or write it out: sqlite3 ${basename(path)} ${suffix === "-wal" ? "'pragma wal_checkpoint(truncate)'" : "'vacuum'"}. A copy is made by: sqlite3 ${basename(path)} "vacuum into 'copy.db'"`,
        },
      );
    }
  }

  #namesBeside(path: string): ReadonlySet<string> {
    const folder = dirname(path);
    const names = this.#folders.get(folder) ?? new Set(namesIn(folder));
    this.#folders.set(folder, names);
    return names;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => BESIDE.some((suffix) => name.endsWith(suffix)));
  } catch {
    // A folder in which files may be opened and not listed.
    return [];
  }
}

function isEmpty(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

function isDatabase(path: string): boolean {
  try {
    const descriptor = openSync(path, "r");
    try {
      const head = Buffer.alloc(MAGIC.length);
      readSync(descriptor, head, 0, head.length, 0);
      return head.toString("latin1") === MAGIC;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Who reads it for the store says what is wrong with it.
    return false;
  }
}
