import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import type {
  ColumnCounts,
  ColumnNumbers,
  ProfileLimits,
  QueryAnswer,
  TableDescription,
  TableFormat,
  TableProfile,
  TablesAnswers,
  TablesReply,
  TablesRequest,
  TablesStart,
} from "./protocol.ts";
import { relationOf } from "./protocol.ts";

export interface TablesOptions {
  /** The limit of what DuckDB keeps in memory; beyond it, it uses the disk. */
  readonly memoryBytes?: number;
  /** An existing folder for what does not fit into memory; absent: that of the system for temporary files. */
  readonly folder?: string;
}

/** A file, or several of one kind that are read as one table; columns are found by their names. */
export type TableSource = string | readonly string[];

export interface QueryOptions {
  /** More rows are not given. */
  readonly most?: number;
  readonly timeoutMs?: number;
}

const MOST_ROWS = 1_000;
const QUERY_MS = 600_000;
const MEMORY_BYTES = 1024 ** 3;
/** From so many rows a random part stands for all of them. */
const MOST_NUMBERS = 1_000_000;

/**
 * Tabular files (Parquet, CSV, JSON lines, also compressed), read by DuckDB in a process of its own: a file that makes
 * it fail or take all memory does no harm here. The types of a text file are found in all of its rows.
 */
export class Tables implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #paths: readonly (readonly string[])[];
  readonly #pending = new Map<number, PromiseWithResolvers<TablesAnswers[keyof TablesAnswers]>>();
  readonly #ended: Promise<unknown>;
  #next = 0;

  /** Throws HR_NOT_FOUND for a file that is not there, and HR_TABLE for one of another kind. */
  static open(sources: readonly TableSource[], options: TablesOptions = {}): Tables {
    const { memoryBytes = MEMORY_BYTES } = options;
    const tables = sources.map((source) => (typeof source === "string" ? [source] : source));
    const kinds = tables.map(kindOf);
    const folder = mkdtempSync(join(options.folder ?? tmpdir(), "headrace-tables-"));
    try {
      // Names of files may hold what DuckDB takes for patterns.
      const files = tables.map((paths, table) => {
        const { format, endings } = kinds[table] as TableKind;
        const links = paths.map((path, index) => {
          const link = join(folder, `${table}-${index}${endings[index]}`);
          symlinkSync(realpathSync.native(path), link);
          return link;
        });
        return { links, format };
      });
      return new Tables(folder, tables, { files, memoryBytes, folder });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(folder: string, paths: readonly (readonly string[])[], start: TablesStart) {
    this.#folder = folder;
    this.#paths = paths;
    this.#process = fork(processFile(), [], {
      execArgv: [],
      env: { TZ: "UTC" },
      cwd: folder,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#process.on("message", (reply: TablesReply) => this.#settle(reply));
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        for (const { reject } of this.#pending.values())
          reject(tableError("the process that reads tables ended", "the file may be damaged, or need more memory"));
        this.#pending.clear();
        resolve(undefined);
      };
      this.#process.once("exit", end);
      this.#process.once("error", end);
    });
    this.#process.send(start);
  }

  /** The columns of a file and the number of its rows. */
  describe(table: number): Promise<TableDescription> {
    return this.#ask({ kind: "describe", table });
  }

  /** Returns the numbers of a numeric column; if a file has more than a million rows, a random million of them. */
  numbers(table: number, column: string): Promise<ColumnNumbers> {
    return this.#ask({ kind: "numbers", table, column, most: MOST_NUMBERS });
  }

  /** The `most` most frequent values of a column. */
  counts(table: number, column: string, most: number): Promise<ColumnCounts> {
    return this.#ask({ kind: "counts", table, column, most });
  }

  /** Returns the content of each column, and the first rows. */
  profile(table: number, limits: ProfileLimits): Promise<TableProfile> {
    return this.#ask({ kind: "profile", table, limits });
  }

  /** Returns the name of a table in queries, by its place. */
  relation(table: number): string {
    return relationOf(table);
  }

  /**
   * Runs one query; the first table is called `data` in it, the second `reference`. Throws HR_TABLE, in DuckDB's words,
   * for one that fails or takes too long.
   */
  query(sql: string, { most = MOST_ROWS, timeoutMs = QUERY_MS }: QueryOptions = {}): Promise<QueryAnswer> {
    return this.#ask({ kind: "query", sql, most, timeoutMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ask<Kind extends keyof TablesAnswers>(
    request: TablesRequest & { readonly kind: Kind },
  ): Promise<TablesAnswers[Kind]> {
    const id = this.#next++;
    const pending = Promise.withResolvers<TablesAnswers[keyof TablesAnswers]>();
    this.#pending.set(id, pending);
    this.#process.send({ ...request, id }, (error) => {
      if (error !== null) this.#settle({ id, error: { message: error.message } });
    });
    try {
      return (await pending.promise) as TablesAnswers[Kind];
    } catch (error) {
      if (error instanceof HeadraceError) throw error;
      const reason = readableReason(error, this.#folder, this.#paths);
      const { table } = request as { readonly table?: number };
      if (table === undefined) throw tableError(`the query failed: ${reason}`, "see what DuckDB's SQL allows", error);
      throw unreadable(this.#paths[table]?.join(", ") ?? "the table", reason, error);
    }
  }

  #settle(reply: TablesReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (!("error" in reply)) {
      pending?.resolve(reply.answer);
      return;
    }
    const { message, code, hint } = reply.error;
    pending?.reject(
      code === undefined ? new Error(message) : new HeadraceError(code, message, { ...(hint && { hint }) }),
    );
  }
}

function processFile(): string {
  const isSource = import.meta.url.endsWith(".ts");
  return fileURLToPath(new URL(isSource ? "./tables-process.ts" : "./tables-process.js", import.meta.url));
}

export interface FileKind {
  readonly format: TableFormat;
  readonly ending: string;
}

const ENDINGS: readonly (readonly [RegExp, TableFormat])[] = [
  [/\.(?:parquet|pq)$/i, "parquet"],
  [/\.(?:csv|tsv|txt|data)(?:\.(?:gz|zst))?$/i, "csv"],
  [/\.(?:jsonl|ndjson|json)(?:\.(?:gz|zst))?$/i, "json"],
];

/** The kind of table that a file of this name holds, and its ending; undefined where its name does not say. */
export function tableKindOf(name: string): FileKind | undefined {
  for (const [pattern, format] of ENDINGS) {
    const ending = pattern.exec(name)?.[0];
    if (ending !== undefined) return { format, ending: ending.toLowerCase() };
  }
  return undefined;
}

interface TableKind {
  readonly format: TableFormat;
  readonly endings: readonly string[];
}

function kindOf(paths: readonly string[]): TableKind {
  const kinds = paths.map(formatOf);
  const [first] = kinds;
  if (first === undefined) throw tableError("a table is made of no file", "name at least one file");
  const other = kinds.findIndex(({ format }) => format !== first.format);
  if (other > 0)
    throw tableError(`${paths[0]} and ${paths[other]} are of different kinds`, "name files of one kind for a table");
  return { format: first.format, endings: kinds.map(({ ending }) => ending) };
}

function formatOf(path: string): FileKind {
  try {
    if (!statSync(path).isFile()) throw tableError(`${path} is no file`, "name a file");
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT" && systemErrorCode(error) !== "ENOTDIR") throw error;
    throw new HeadraceError("HR_NOT_FOUND", `there is no file ${path}`, { hint: "check the name", cause: error });
  }
  const kind = tableKindOf(basename(path));
  if (kind !== undefined) return kind;
  throw tableError(`the name of ${path} does not say what table it holds`, "name it .parquet, .csv, .tsv or .jsonl");
}

/** The first line of an error, with the paths in place of the links that DuckDB names. */
function readableReason(error: unknown, folder: string, paths: readonly (readonly string[])[]): string {
  return firstReason(error instanceof Error ? error.message : String(error))
    .split(`${folder}/`)
    .map((part, index) =>
      index === 0
        ? part
        : part.replace(/^(\d+)-(\d+)[.\w]*/, (_, table, file) => paths[Number(table)]?.[Number(file)] ?? "the table"),
    )
    .join("");
}

/** DuckDB's errors about CSV have a line and the line's text before what is wrong with it. */
function firstReason(message: string): string {
  const [first = "unknown error", , reason = first] = message.split("\n");
  const line = /\bCSV Error on Line: (\d+)$/.exec(first)?.[1];
  return line === undefined ? first : `line ${line}: ${reason}`;
}

function unreadable(path: string, reason: string, cause: unknown): HeadraceError {
  const hint = "check that it is whole, and that its name says what it is";
  return tableError(`the table ${path} cannot be read: ${reason}`, hint, cause);
}

function tableError(message: string, hint: string, cause?: unknown): HeadraceError {
  return new HeadraceError("HR_TABLE", message, { hint, cause });
}
