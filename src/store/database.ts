/**
 * The narrow seam between the store's SQL and a database. The SQL is written once, in the common subset of SQLite and PostgreSQL
 * (`returning`, `on conflict`, `:name` parameters, JSON as text, booleans as integers, times as integer milliseconds);
 * what cannot be common is declared in `Dialect`, and callers ask for the capability, never for the name of the database.
 */
export type SqlValue = string | number | null;
export type SqlParameters = Readonly<Record<string, SqlValue>>;

declare const parametersOf: unique symbol;
declare const rowOf: unique symbol;

/** One SQL statement. Kept as a named constant, so that a driver can keep it prepared. */
export interface Statement<Parameters extends SqlParameters, Row> {
  readonly text: string;
  /** Never present: they carry the types. */
  readonly [parametersOf]?: Parameters;
  readonly [rowOf]?: Row;
}

/** A statement without result rows has `never` as its row. */
export function statement<Parameters extends SqlParameters, Row = never>(text: string): Statement<Parameters, Row> {
  return { text };
}

export interface Queries {
  all<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<readonly Row[]>;
  get<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<Row | undefined>;
  /** Returns the number of rows changed. */
  run<P extends SqlParameters>(statement: Statement<P, never>, parameters: P): Promise<number>;
  /** The same statement for many rows: SQLite loops, PostgreSQL may pipeline. Returns the number of rows changed. */
  runMany<P extends SqlParameters>(statement: Statement<P, never>, rows: Iterable<P>): Promise<number>;
}

/** `immediate` takes the write lock at once (so it never fails half-way); `snapshot` only reads, and sees one state throughout. */
export type TransactionMode = "immediate" | "snapshot";

export interface Transaction extends Queries {
  /** Runs data definition: any number of statements separated by semicolons. */
  execute(script: string): Promise<void>;
}

export interface Database extends Queries, AsyncDisposable {
  readonly dialect: Dialect;
  /** What messages call it: a file, or an address without its password. */
  readonly location: string;
  /**
   * Commits when `work` resolves, rolls back when it rejects. Within this process nothing else touches the connection in between,
   * whatever `work` awaits.
   */
  transaction<T>(mode: TransactionMode, work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** The version that `setSchemaVersion` stored; 0 in an empty database. */
  schemaVersion(): Promise<number>;
  /** Calls back soon after other connections committed, perhaps needlessly; returns the unsubscriber. */
  watch(listener: () => void): () => void;
}

/** What differs between databases, beside the driver. */
export interface Dialect {
  /** Words for `create table`. */
  readonly words: DdlWords;
  /**
   * Transactions commit in the order in which they took their first write lock (SQLite: one writer at a time), so that event ids grow
   * in commit order by themselves. Where false, `lockEvents` is run before events are added.
   */
  readonly ordersCommits: boolean;
  /** Holds other appenders of events back until the end of the transaction. */
  readonly lockEvents?: Statement<Record<string, never>, never>;
  /** Holds other migrators back; needless where `immediate` transactions exclude each other. */
  readonly lockSchema?: Statement<Record<string, never>, never>;
  /** One database holds one project, whatever the project is called now (a folder may be renamed). */
  readonly singleProject: boolean;
  /** Stores the schema's version, within the migration's transaction. */
  setSchemaVersion(version: number): string;
}

export interface DdlWords {
  readonly integer: string;
  /** Text that sorts by its bytes. */
  readonly text: string;
  /** A generated integer key. */
  readonly key: string;
  /** The same, never used again after its row was deleted. */
  readonly neverReusedKey: string;
  /** End of an ordinary table. */
  readonly table: string;
  /** End of a table that is stored in the order of its primary key, where the database can. */
  readonly clusteredTable: string;
}
