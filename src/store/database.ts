/**
 * The narrow seam between the store's SQL and a database. The SQL is written once, in the common subset of SQLite and
 * PostgreSQL (`returning`, `on conflict`, `:name` parameters, JSON as text, booleans as integers, times as integer
 * milliseconds); what cannot be common is declared in `Dialect`, and callers ask for the capability, never for the name
 * of the database.
 */
export type SqlValue = string | number | null;
export type SqlParameters = Readonly<Record<string, SqlValue>>;

declare const parametersOf: unique symbol;
declare const rowOf: unique symbol;

/** One SQL statement. Kept as a named constant, so that a driver can keep it prepared. */
export interface Statement<Parameters extends SqlParameters, Row> {
  readonly text: string;
  /**
   * Within an `immediate` transaction the rows of this table that the statement reads stay as they are until its end.
   * Needless where such transactions exclude each other.
   */
  readonly locks?: string;
  /** Rows that another transaction holds are passed over instead of waited for. */
  readonly skipLocked?: boolean;
  /**
   * Composed for one request: it is planned with its values, and not kept prepared, since there are too many of its
   * kind.
   */
  readonly adHoc?: boolean;
  /** Never present: they carry the types. */
  readonly [parametersOf]?: Parameters;
  readonly [rowOf]?: Row;
}

/** A statement without result rows has `never` as its row. */
export function statement<Parameters extends SqlParameters, Row = never>(
  text: string,
  options: { readonly locks?: string; readonly skipLocked?: boolean; readonly adHoc?: boolean } = {},
): Statement<Parameters, Row> {
  return { text, ...options };
}

export interface Queries {
  all<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<readonly Row[]>;
  get<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<Row | undefined>;
  /** Returns the number of rows changed. */
  run<P extends SqlParameters>(statement: Statement<P, never>, parameters: P): Promise<number>;
  /** The same statement for many rows: SQLite loops, PostgreSQL may pipeline. Returns the number of rows changed. */
  runMany<P extends SqlParameters>(statement: Statement<P, never>, rows: Iterable<P>): Promise<number>;
}

/**
 * `immediate` writes: in SQLite it excludes other writers from its beginning; in PostgreSQL it sees what others commit
 * meanwhile, so changes are guarded updates, and what they rest upon is read by statements with `locks`. `snapshot`
 * only reads, and sees one state throughout.
 */
export type TransactionMode = "immediate" | "snapshot";

export interface Transaction extends Queries {
  /** Runs data definition: any number of statements separated by semicolons. */
  execute(script: string): Promise<void>;
  /**
   * Adds rows whose generated keys grow in the order of commits: nobody who read up to a key of the series finds a
   * smaller one later. They may be added as late as at the end of the transaction.
   */
  append<P extends SqlParameters>(series: number, statement: Statement<P, never>, rows: readonly P[]): Promise<void>;
}

export interface Database extends Queries, AsyncDisposable {
  readonly dialect: Dialect;
  /** The name of the database in messages: a file, or an address without its password. */
  readonly location: string;
  /**
   * Commits when `work` resolves, rolls back when it rejects. Within this process nothing else touches the connection
   * in between, whatever `work` awaits. `work` may run more than once, when the database undid it for a reason that is
   * none of its own.
   */
  transaction<T>(mode: TransactionMode, work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** The version that `setSchemaVersion` stored; 0 in an empty database. */
  schemaVersion(): Promise<number>;
  /**
   * Calls back soon after others appended to the series, or to any, and committed, perhaps needlessly; returns the
   * unsubscriber.
   */
  watch(series: number | undefined, listener: () => void): () => void;
}

/** The differences between databases, beside the driver. */
export interface Dialect {
  /** Words for `create table`. */
  readonly words: DdlWords;
  /** Holds other migrators back; needless where `immediate` transactions exclude each other. */
  readonly lockSchema?: Statement<Record<string, never>, never>;
  /**
   * Makes the place for the tables, and what the driver keeps for itself, where they are not there yet; run before
   * migrations.
   */
  readonly prepareSchema?: string;
  /** Part of what tells one database from every other: a copy in the other kind of place is another database. */
  readonly place: "file" | "server";
  /** The room that all of the database takes. */
  readonly size: Statement<Record<string, never>, { size: number | string }>;
  /** Looks through the whole database for damage; answers “ok” where there is none. */
  readonly selfCheck?: Statement<Record<string, never>, { fault: string }>;
  /** Stores the schema's version, within the migration's transaction. */
  setSchemaVersion(version: number): string;
  /**
   * Sets so many generated keys of a table aside, for rows that bring their own; the statement returns the key before
   * them. Needless where `immediate` transactions exclude each other: the keys above the greatest are free then.
   */
  readonly reserveKeys?: (
    table: string,
    key: string,
  ) => readonly [lock: string, Statement<{ count: number }, { first: number }>];
}

export interface DdlWords {
  readonly integer: string;
  /** Text that sorts by its bytes. */
  readonly text: string;
  /** A floating-point number of 64 bits. */
  readonly real: string;
  /** A generated integer key. */
  readonly key: string;
  /** The same, never used again after its row was deleted. */
  readonly neverReusedKey: string;
  /** End of an ordinary table. */
  readonly table: string;
  /** Gives a new table the generated keys that follow those of a former one, whose rows it has taken over. */
  readonly continueKeys: (from: string, to: string, key: string) => string;
  /** Lets the database itself refuse to change or remove rows of a table. */
  readonly appendOnly: (table: string) => string;
  /** End of a table that is stored in the order of its primary key, where the database can. */
  readonly clusteredTable: string;
  /** The pairs of a JSON object in a column, as rows beside the row that holds it. */
  pairsOf(json: string): JsonPairs;
}

export interface JsonPairs {
  /** Stands behind a `cross join`. */
  readonly from: string;
  readonly name: string;
  /** Null for what is no number. */
  readonly value: string;
  /** The text of texts and booleans; null for everything else. */
  readonly text: string;
}
