import type { Database, Dialect, SqlParameters, Statement, Transaction, TransactionMode } from "../database.ts";
import { statement } from "../database.ts";
import type { Connection, Connections } from "./connections.ts";
import { Notifications } from "./notifications.ts";
import { OpenTransaction } from "./open-transaction.ts";
import { POSTGRES_DIALECT, SCHEMA } from "./postgres-dialect.ts";
import { isConnectionLost } from "./postgres-errors.ts";
import { Writer } from "./writer.ts";

const hasHistory = statement<Record<string, never>, { there: boolean }>(`
  select to_regclass('${SCHEMA}.schema_migrations') is not null as there`);
const readVersion = statement<Record<string, never>, { version: number }>(`
  select coalesce(max(version), 0) as version from schema_migrations`);

/** PostgreSQL through pg: one writing transaction of this process at a time (see writer.ts), readers beside it. */
export class PostgresDatabase implements Database {
  readonly dialect: Dialect = POSTGRES_DIALECT;
  readonly location: string;
  readonly #connections: Connections;
  readonly #writer: Writer;
  readonly #notifications: Notifications;

  constructor(connections: Connections) {
    this.#connections = connections;
    this.location = connections.location;
    this.#writer = new Writer(connections);
    this.#notifications = new Notifications(connections, this.#writer.origin);
  }

  all<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<readonly Row[]> {
    return this.#ask(async (connection) => (await connection.query<P, Row>(statement, parameters)).rows);
  }

  get<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<Row | undefined> {
    return this.#ask(async (connection) => (await connection.query<P, Row>(statement, parameters)).rows[0]);
  }

  run<P extends SqlParameters>(statement: Statement<P, never>, parameters: P): Promise<number> {
    return this.transaction("immediate", (transaction) => transaction.run(statement, parameters));
  }

  runMany<P extends SqlParameters>(statement: Statement<P, never>, rows: Iterable<P>): Promise<number> {
    // Kept, since the transaction may have to run again.
    const kept = [...rows];
    return this.transaction("immediate", (transaction) => transaction.runMany(statement, kept));
  }

  async transaction<T>(mode: TransactionMode, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    await this.#notifications.established;
    if (mode === "immediate") return this.#writer.add(work);
    return this.#connections.ask((connection) => readTogether(connection, work));
  }

  async schemaVersion(): Promise<number> {
    if ((await this.get(hasHistory, {}))?.there !== true) return 0;
    return (await this.get(readVersion, {}))?.version ?? 0;
  }

  /**
   * Everything that is asked for after this waits until the server listens, so that no change is missed between the
   * two.
   */
  watch(series: number, listener: () => void): () => void {
    return this.#notifications.watch(series, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
    await this.#notifications[Symbol.asyncDispose]();
    await this.#connections[Symbol.asyncDispose]();
  }

  async #ask<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    await this.#notifications.established;
    return this.#connections.ask(question);
  }
}

async function readTogether<T>(connection: Connection, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  await connection.command("begin isolation level repeatable read read only");
  const transaction = new OpenTransaction(connection);
  try {
    const result = await work(transaction);
    await connection.command("commit");
    return result;
  } catch (error) {
    if (!isConnectionLost(error)) await connection.command("rollback");
    throw error;
  } finally {
    transaction.close();
  }
}
