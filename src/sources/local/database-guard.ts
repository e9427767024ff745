import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { HeadraceError } from "../../errors.ts";

interface DatabaseKind {
  readonly called: string;
  readonly magic: string;
  readonly magicAt: number;
  /** Endings of the files in which it keeps what the database itself lacks, each with what writes it out. */
  readonly beside: Readonly<Record<string, (file: string) => string>>;
  readonly copy: (file: string) => string;
}

/** `-wal` and `.wal` hold committed rows, `-journal` how to undo half a transaction. */
const KINDS: readonly DatabaseKind[] = [
  {
    called: "an SQLite database",
    magic: "SQLite format 3\0",
    magicAt: 0,
    beside: {
      "-wal": (file) => `sqlite3 ${file} 'pragma wal_checkpoint(truncate)'`,
      "-journal": (file) => `sqlite3 ${file} 'vacuum'`,
    },
    copy: (file) => `sqlite3 ${file} "vacuum into 'copy.db'"`,
  },
  {
    called: "a DuckDB database",
    magic: "DUCK",
    magicAt: 8,
    beside: { ".wal": (file) => `duckdb ${file} -c checkpoint` },
    copy: (file) => `duckdb copy.duckdb -c "attach '${file}' as d; copy from database d to copy"`,
  },
];
const ENDINGS = KINDS.flatMap(({ beside }) => Object.keys(beside));
const HEAD_BYTES = Math.max(...KINDS.map(({ magic, magicAt }) => magicAt + magic.length));

/** A file of an input. */
export interface LookedAt {
  readonly path: string;
  /** A path to the very file that was looked at. */
  readonly pinned: string;
  /** Its path with links followed: its programs look for its other files there. */
  readonly realPath: string | undefined;
}

/**
 * Refuses databases that lack what stands in a file beside them: a step would compute with rows missing, and nobody
 * would notice a change.
 */
export class DatabaseGuard {
  readonly #uri: string;
  readonly #taken: ReadonlySet<string>;
  readonly #folders = new Map<string, ReadonlySet<string>>();

  /** `taken` are the paths that belong to the input: a database together with its files is complete. */
  constructor(uri: string, taken: ReadonlySet<string>) {
    this.#uri = uri;
    this.#taken = taken;
  }

  check(file: LookedAt): void {
    const lack = this.#lackOf(file);
    if (lack === undefined) return;
    const { kind, ending, beside } = lack;
    const name = basename(file.realPath ?? file.path);
    throw new HeadraceError(
      "HR_INPUT_UNAVAILABLE",
      `input ${this.#uri}: ${file.path} is ${kind.called}, and some of its content stands in ${basename(beside)} beside it`,
      {
        hint: `end what uses it, or write it out: ${kind.beside[ending]?.(name) ?? ""}; a copy is made by: ${kind.copy(name)}`,
      },
    );
  }

  isWhole(file: LookedAt): boolean {
    return this.#lackOf(file) === undefined;
  }

  #lackOf({ path, pinned, realPath }: LookedAt) {
    for (const place of new Set([path, realPath ?? path])) {
      const names = this.#namesBeside(place);
      if (names.size === 0) continue;
      for (const ending of ENDINGS) {
        const beside = `${place}${ending}`;
        if (!names.has(basename(beside)) || this.#taken.has(`${path}${ending}`) || isEmpty(beside)) continue;
        const kind = kindOf(pinned);
        if (kind !== undefined && ending in kind.beside) return { kind, ending, beside };
      }
    }
    return undefined;
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
    return readdirSync(folder).filter((name) => ENDINGS.some((ending) => name.endsWith(ending)));
  } catch {
    // A folder in which files may be opened and not listed.
    return [];
  }
}

function isEmpty(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

function kindOf(path: string): DatabaseKind | undefined {
  try {
    const descriptor = openSync(path, "r");
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      readSync(descriptor, head, 0, head.length, 0);
      return KINDS.find(({ magic, magicAt }) => head.toString("latin1", magicAt, magicAt + magic.length) === magic);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The reader that stores the file reports the error.
    return undefined;
  }
}
