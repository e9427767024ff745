import { setImmediate as nextTurn } from "node:timers/promises";
import type Sqlite from "better-sqlite3";
import { Mutex, retry } from "../../concurrency/index.ts";
import type { Database, Dialect, SqlParameters, Statement, Transaction, TransactionMode } from "../database.ts";
import { boundToCall } from "../installation/audit-origin.ts";
import { CommitQueue } from "./commit-queue.ts";
import { SQLITE_DIALECT } from "./sqlite-dialect.ts";
import { explainSqliteError, isBusy } from "./sqlite-errors.ts";

/**
 * Other processes' commits are noticed within this time; one look costs some microseconds, and only while somebody
 * listens.
 */
const WATCH_INTERVAL_MS = 100;
/** Rows between two turns of the event loop in bulk inserts: about 20 ms. */
const ROWS_PER_TURN = 5_000;

/**
 * One connection through better-sqlite3. Its calls are synchronous (2.5 µs for a kept statement), so that the
 * asynchronous face costs a microtask only; the mutex keeps everything else off the connection while a transaction is
 * open.
 */
export class SqliteDatabase implements Database {
  readonly dialect: Dialect = SQLITE_DIALECT;
  readonly location: string;
  readonly #connection: Sqlite.Database;
  readonly #lockTimeoutMs: number;
  readonly #mutex = new Mutex();
  readonly #statements = new Map<string, Sqlite.Statement>();
  readonly #watchers = new Set<() => void>();
  #watchTimer: NodeJS.Timeout | undefined;
  #dataVersion: unknown;

  constructor(connection: Sqlite.Database, location: string, lockTimeoutMs: number) {
    this.#connection = connection;
    this.location = location;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  all<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<readonly Row[]> {
    return this.#alone(() => this.#all(statement, parameters));
  }

  get<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<Row | undefined> {
    return this.#alone(() => this.#get(statement, parameters));
  }

  run<P extends SqlParameters>(statement: Statement<P, never>, parameters: P): Promise<number> {
    return this.#alone(() => this.#run(statement, parameters));
  }

  runMany<P extends SqlParameters>(statement: Statement<P, never>, rows: Iterable<P>): Promise<number> {
    return this.transaction("immediate", (transaction) => transaction.runMany(statement, rows));
  }

  /** Writing transactions of one turn of the event loop, and those that come while they run, share a commit. */
  transaction<T>(mode: TransactionMode, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (mode === "snapshot") return this.#mutex.run(() => this.#readTogether(work));
    if (this.#commits.isEmpty) setImmediate(() => void this.#commitAll());
    return this.#commits.add(boundToCall(() => work(this.#transaction)));
  }

  schemaVersion(): Promise<number> {
    return this.#alone(() => Number(this.#connection.pragma("user_version", { simple: true })));
  }

  watch(_series: number | undefined, listener: () => void): () => void {
    // Wrapped, so that a function given twice counts twice.
    const watcher = () => listener();
    this.#watchers.add(watcher);
    if (this.#watchTimer === undefined) {
      this.#dataVersion = this.#readDataVersion();
      this.#watchTimer = setInterval(() => this.#look(), WATCH_INTERVAL_MS);
    }
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#stopWatching();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watchers.clear();
    this.#stopWatching();
    await this.#commitAll();
    await this.#mutex.run(async () => this.#attempt(() => this.#connection.close()));
  }

  /**
   * Repeats what another process's lock prevents. SQLite's own wait blocks the event loop, so it is kept short (see
   * open-sqlite.ts) and the rest of the patience is spent here; the random pause keeps several processes from meeting
   * again and again.
   */
  patiently<T>(action: () => T): Promise<T> {
    // With the first refusal only: to ask for the time loads a part of Node that a short command does without.
    let deadline: number | undefined;
    return retry(action, {
      pauseMs: (error) => {
        deadline ??= performance.now() + this.#lockTimeoutMs;
        if (!isBusy(error) || performance.now() >= deadline) throw explainSqliteError(error, this.location);
        return 2 + Math.random() * 20;
      },
    });
  }

  /** The queries of an open transaction. */
  readonly #transaction: Transaction = {
    all: async (statement, parameters) => this.#attempt(() => this.#all(statement, parameters)),
    get: async (statement, parameters) => this.#attempt(() => this.#get(statement, parameters)),
    run: async (statement, parameters) => this.#attempt(() => this.#run(statement, parameters)),
    runMany: async (statement, rows) => {
      let changed = 0;
      let done = 0;
      for (const row of rows) {
        changed += this.#attempt(() => this.#run(statement, row));
        done += 1;
        if (done % ROWS_PER_TURN === 0) await nextTurn();
      }
      return changed;
    },
    append: async (_series, statement, rows) => {
      // One writer at a time: keys grow in the order of commits by themselves.
      for (const row of rows) this.#attempt(() => this.#run(statement, row));
    },
    execute: async (script) => {
      this.#attempt(() => this.#connection.exec(script));
    },
  };

  readonly #commits = new CommitQueue({
    begin: () => this.patiently(() => void this.#connection.exec("begin immediate")),
    savepoint: () => this.#command("savepoint step"),
    release: () => this.#command("release step"),
    rollbackToSavepoint: () => {
      if (!this.#connection.inTransaction) return false;
      this.#command("rollback to step");
      this.#command("release step");
      return true;
    },
    commit: () => this.#command("commit"),
    rollback: () => {
      if (this.#connection.inTransaction) this.#command("rollback");
    },
  });

  /** Group after group, until nothing waits; readers get their turn between two groups. */
  async #commitAll(): Promise<void> {
    while (!this.#commits.isEmpty) await this.#mutex.run(() => this.#commits.commitGroup());
  }

  async #readTogether<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    await this.patiently(() => void this.#connection.exec("begin"));
    try {
      return await work(this.#transaction);
    } finally {
      if (this.#connection.inTransaction) this.#command("commit");
    }
  }

  #command(text: string): void {
    this.#attempt(() => this.#prepared(text).run());
  }

  #alone<T>(action: () => T): Promise<T> {
    return this.#mutex.isFree ? this.patiently(action) : this.#mutex.run(() => this.patiently(action));
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw explainSqliteError(error, this.location);
    }
  }

  #prepared(text: string, adHoc = false): Sqlite.Statement {
    const kept = this.#statements.get(text);
    if (kept !== undefined) return kept;
    const prepared = this.#connection.prepare(text);
    if (!adHoc) this.#statements.set(text, prepared);
    return prepared;
  }

  // The row types are what the statement's author declared; strict tables hold the columns to it.
  #all<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): readonly Row[] {
    return this.#prepared(statement.text, statement.adHoc).all(parameters) as readonly Row[];
  }

  #get<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Row | undefined {
    return this.#prepared(statement.text, statement.adHoc).get(parameters) as Row | undefined;
  }

  #run<P extends SqlParameters>(statement: Statement<P, never>, parameters: P): number {
    return this.#prepared(statement.text).run(parameters).changes;
  }

  #readDataVersion(): unknown {
    return this.#prepared("pragma data_version").pluck().get();
  }

  #look(): void {
    // An open transaction of ours sees nothing new anyway.
    if (!this.#mutex.isFree) return;
    try {
      const version = this.#readDataVersion();
      if (version === this.#dataVersion) return;
      this.#dataVersion = version;
    } catch {
      // The listeners are called all the same: what they ask next fails with the reason in words, in a place that can
      // handle it.
    }
    for (const watcher of [...this.#watchers]) watcher();
  }

  #stopWatching(): void {
    clearInterval(this.#watchTimer);
    this.#watchTimer = undefined;
  }
}
