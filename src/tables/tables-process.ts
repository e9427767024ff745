/**
 * The process that reads tables with DuckDB, forked by tables.ts: heavy, and it handles files that anybody may have
 * made. It may read the files that it was started for and its own folder for what does not fit into memory, and
 * nothing else; it loads no extension.
 */
import { writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import type { DuckDBConnection } from "@duckdb/node-api";
import { HeadraceError } from "../errors.ts";
import { loadOptional } from "../load-optional.ts";
import { sqlName, sqlText } from "../sql-text.ts";
import { columnProfile } from "./column-profile.ts";
import type {
  ColumnCounts,
  ColumnNumbers,
  ProfileLimits,
  QueryAnswer,
  TableDescription,
  TableFile,
  TableProfile,
  TablesAnswers,
  TablesFailure,
  TablesReply,
  TablesRequest,
  TablesStart,
} from "./protocol.ts";
import { relationOf } from "./protocol.ts";

setFlagsFromString("--max-old-space-size=512");

let opened: Promise<DuckDBConnection> | undefined;
let files: readonly TableFile[] = [];
let busy: Promise<unknown> = Promise.resolve();

process.on("message", (message: TablesStart | (TablesRequest & { readonly id: number })) => {
  if ("files" in message) {
    ({ files } = message);
    watchMemory(message.memoryBytes);
    opened = open(message);
    // The next question gets the error.
    opened.catch(() => undefined);
    return;
  }
  const { id } = message;
  // One at a time: a query on the same connection ends the stream of the one before, without a word.
  busy = busy
    .then(() => answer(message))
    .then(
      (given) => reply({ id, answer: given }),
      (error: unknown) => reply({ id, error: failureOf(error) }),
    );
});
// The process that forked this one is gone.
process.on("disconnect", () => process.exit(0));

/** Memory that DuckDB needs beside the memory that it accounts for, and Node's own. */
const BESIDE_BYTES = 768 * 1024 ** 2;
const WATCH_MS = 250;

/** A file may be made so that DuckDB takes memory past its own limit. Then this process goes, and no other. */
function watchMemory(memoryBytes: number): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // Only Linux has it.
  }
  setInterval(() => {
    if (process.memoryUsage.rss() > memoryBytes + BESIDE_BYTES) process.exit(1);
  }, WATCH_MS).unref();
}

function failureOf(error: unknown): TablesFailure {
  if (!(error instanceof HeadraceError)) return { message: error instanceof Error ? error.message : String(error) };
  const { message, code, hint } = error;
  return { message, code, ...(hint !== undefined && { hint }) };
}

function reply(message: TablesReply): void {
  process.send?.(message);
}

async function open({ memoryBytes, folder, files: all }: TablesStart): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await loadOptional<typeof import("@duckdb/node-api")>(
    "@duckdb/node-api",
    "reading tables",
  );
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${Math.floor(memoryBytes / 1024)}KiB`,
    temp_directory: `${folder}/spill`,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
  });
  const connection = await instance.connect();
  await connection.run(
    `SET allowed_paths = [${all
      .flatMap(({ links }) => links)
      .map((link) => sqlText(link))
      .join(", ")}]`,
  );
  await connection.run(`SET allowed_directories = [${sqlText(`${folder}/spill`)}]`);
  await connection.run("SET enable_external_access = false");
  // A text file is read once: finding its types takes a look at all of it, and would be repeated by each question.
  for (const [table, file] of all.entries()) loading.set(table, () => load(connection, table, file));
  await connection.run("SET lock_configuration = true");
  return connection;
}

async function answer(request: TablesRequest): Promise<TablesAnswers[keyof TablesAnswers]> {
  await connected();
  const asked = request.kind === "query" ? [...files.keys()] : [request.table];
  for (const table of asked) {
    await loading.get(table)?.();
    loading.delete(table);
  }
  switch (request.kind) {
    case "describe":
      return describe(request.table);
    case "numbers":
      return numbers(request.table, request.column, request.most);
    case "counts":
      return counts(request.table, request.column, request.most);
    case "profile":
      return profile(request.table, request.limits);
    case "query":
      return query(request);
  }
}

/** Tables that no question has been asked about yet. */
const loading = new Map<number, () => Promise<void>>();

/** Names of the first tables in queries. */
const QUERY_NAMES = ["data", "reference"];

/**
 * The first line has the names. Left to itself, DuckDB passes over lines that differ from the others and over those
 * that look like remarks, without a word.
 */
const CSV = ", header = true, skip = 0, comment = ''";

/**
 * If the lines of a file have no number of columns in common, DuckDB takes each for one value. Throws with the first
 * line that differs from the names.
 */
async function requireRows(connection: DuckDBConnection, table: number, list: string): Promise<void> {
  const found = await connection.runAndReadAll(`SELECT * FROM ${relationOf(table)} LIMIT 0`);
  if (found.columnCount > 1) return;
  const whole =
    "delim = '\x01', quote = '', escape = '', header = false, auto_detect = false, columns = {line: 'VARCHAR'}";
  const [[first] = []] = await rowsOfConnection(connection, `SELECT line FROM read_csv(${list}, ${whole}) LIMIT 1`);
  const line = String(first ?? "");
  const mark = [",", "\t", ";", "|"].find((each) => line.includes(each));
  if (mark === undefined || line.includes('"')) return;
  const names = [...new Set(line.split(mark).map((each, index) => each || `column ${index}`))];
  const columns = names.map((each) => `${sqlText(each)}: 'VARCHAR'`).join(", ");
  const strict = `delim = ${sqlText(mark)}, quote = '"', escape = '"', header = true, auto_detect = false`;
  await connection.run(`SELECT count(*) FROM read_csv(${list}, ${strict}, columns = {${columns}})`);
}

async function load(connection: DuckDBConnection, table: number, { links, format }: TableFile): Promise<void> {
  const list = `[${links.map((link) => sqlText(link)).join(", ")}]`;
  const isOne = links.length === 1;
  const union = isOne ? "" : ", union_by_name = true";
  if (format === "parquet") {
    await connection.run(`CREATE TEMP VIEW ${relationOf(table)} AS SELECT * FROM read_parquet(${list}${union})`);
  } else {
    const reader = format === "csv" ? `read_csv(${list}${union}${CSV}` : `read_json(${list}${union}`;
    // A type that is found in the first rows alone would make later ones errors.
    await connection.run(`CREATE TEMP TABLE ${relationOf(table)} AS SELECT * FROM ${reader}, sample_size = -1)`);
    if (format === "csv") await requireRows(connection, table, list);
  }
  const name = QUERY_NAMES[table];
  if (name !== undefined) await connection.run(`CREATE TEMP VIEW ${name} AS SELECT * FROM ${relationOf(table)}`);
}

const WHOLE = /^U?(?:BIG|HUGE)INT$/;

/** DuckDB's JSON has them as text, since some are too large for a number. */
function wholeNumber(value: unknown): unknown {
  const number = typeof value === "string" ? Number(value) : value;
  return Number.isSafeInteger(number) ? number : value;
}

/** Runs one query of a user, who may ask anything of the tables and of nothing else. */
async function query({ sql, most, timeoutMs }: TablesRequest & { readonly kind: "query" }): Promise<QueryAnswer> {
  const { StatementType } = await loadOptional<typeof import("@duckdb/node-api")>("@duckdb/node-api", "reading tables");
  const connection = await connected();
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw new Error("this is not one query");
  const statement = await statements.prepare(0);
  if (statement.statementType !== StatementType.SELECT) throw new Error("this is no query (SELECT)");
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    connection.interrupt();
  }, timeoutMs);
  try {
    const reader = await statement.streamAndReadUntil(most + 1);
    const isWhole = reader.columnTypes().map((type) => WHOLE.test(String(type)));
    const rows = (reader.getRowsJson() as readonly (readonly unknown[])[]).map((row) =>
      row.map((value, column) => (isWhole[column] === true ? wholeNumber(value) : value)),
    );
    return { rows: rows.slice(0, most), isCut: rows.length > most };
  } catch (error) {
    if (isLate) throw new Error(`it took longer than ${timeoutMs / 1000} s`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const described = new Map<number, Promise<TableDescription>>();

function describe(table: number): Promise<TableDescription> {
  const known = described.get(table) ?? describeAnew(table);
  described.set(table, known);
  return known;
}

async function describeAnew(table: number): Promise<TableDescription> {
  const columns = await rowsOf(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${source(table)})`);
  const [[rows] = []] = await rowsOf(`SELECT count(*) FROM ${source(table)}`);
  return { columns: columns.map(([name, type]) => ({ name: String(name), type: String(type) })), rows: Number(rows) };
}

async function numbers(table: number, column: string, most: number): Promise<ColumnNumbers> {
  const { rows } = await describe(table);
  const isSample = rows > most;
  const sampled = isSample ? ` USING SAMPLE reservoir(${most} ROWS) REPEATABLE (1)` : "";
  const value = `try_cast(${sqlName(column)} AS DOUBLE)`;
  const from = `(SELECT ${value} AS v FROM ${source(table)}${sampled})`;
  const result = await (await connected()).stream(`SELECT v FROM ${from} WHERE v IS NOT NULL AND isfinite(v)`);
  const parts: Float64Array[] = [];
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
    parts.push(Float64Array.from(chunk.getColumnValues(0) as number[]));
  const values = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { values, missing: (isSample ? most : rows) - values.length, isSample };
}

async function counts(table: number, column: string, most: number): Promise<ColumnCounts> {
  const name = sqlName(column);
  const [[all, present, about] = []] = await rowsOf(
    `SELECT count(*), count(${name}), approx_count_distinct(${name}) FROM ${source(table)}`,
  );
  const missing = Number(all) - Number(present);
  // The estimate is some percent off; to count what names ten million things would take all memory.
  if (Number(about) > 2 * most) return { values: [], missing, distinct: Number(about) };
  const values = await rowsOf(
    `SELECT CAST(${name} AS VARCHAR), count(*), count(*) OVER () FROM ${source(table)} ` +
      `WHERE ${name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${most}`,
  );
  return {
    values: values.map(([value, count]) => [String(value), Number(count)]),
    missing,
    distinct: Number(values[0]?.[2] ?? 0),
  };
}

/** A cell of a table that is shown; a longer one is cut. */
const MOST_LETTERS = 200;

async function profile(table: number, limits: ProfileLimits): Promise<TableProfile> {
  const { columns, rows } = await describe(table);
  const taken = columns.slice(0, limits.columns);
  const from = `(SELECT * FROM ${source(table)} LIMIT ${limits.rows})`;
  const profiled = [];
  for (const column of taken) profiled.push(await columnProfile(column, { from, rowsOf, letters: MOST_LETTERS }));
  const cells = taken.map(({ name }) => `left(CAST(${sqlName(name)} AS VARCHAR), ${MOST_LETTERS})`);
  const first =
    cells.length === 0 ? [] : await rowsOf(`SELECT ${cells.join(", ")} FROM ${source(table)} LIMIT ${limits.shown}`);
  return {
    rows,
    profiledRows: Math.min(rows, limits.rows),
    columnCount: columns.length,
    columns: profiled,
    first: first.map((row) => row.map((cell) => (cell === null ? null : String(cell)))),
  };
}

function source(table: number): string {
  if (files[table] === undefined) throw new Error(`there is no table ${table}`);
  return relationOf(table);
}

async function rowsOf(sql: string): Promise<readonly (readonly unknown[])[]> {
  return await rowsOfConnection(await connected(), sql);
}

async function rowsOfConnection(connection: DuckDBConnection, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRowsJson() as readonly (readonly unknown[])[];
}

async function connected(): Promise<DuckDBConnection> {
  if (opened === undefined) throw new Error("the process has not been told its files");
  return await opened;
}
