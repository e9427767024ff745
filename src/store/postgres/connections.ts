import { randomUUID } from "node:crypto";
import pg, { type PoolClient, type QueryConfig, type QueryResult } from "pg";
import { type Backoff, backoffMs, retry, spread } from "../../concurrency/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { SqlParameters, Statement } from "../database.ts";
import type { Address } from "./address.ts";
import { SCHEMA } from "./postgres-dialect.ts";
import {
  explainPostgresError,
  fromPg,
  isCollision,
  isConnectionLost,
  isShutDown,
  mayConnectLater,
} from "./postgres-errors.ts";
import { bind, number, prepare } from "./prepared.ts";

export interface PostgresOptions {
  readonly readOnly: boolean;
  /** Time to wait for locks, and for a server that has gone, before giving up. */
  readonly lockTimeoutMs: number;
}

/** Writers and readers of one process together; listening takes one more. */
export const POOL_SIZE = 7;
const CONNECT_TIMEOUT_MS = 10_000;
/** A connection that nobody used for so long is closed: PostgreSQL pays for each with a process. */
const IDLE_MS = 10_000;
/** Beyond the patience for locks a query of ours takes no longer than this; then the network is taken for dead. */
const QUERY_MS = 60_000;
/** Between two attempts to connect. */
const PAUSES: Backoff = { firstMs: 20, longestMs: 1_000 };
const OLDEST_SERVER = 130_000;

/** One connection while it is in use. */
export class Connection {
  /** The name that the server has for the connection; its commits are marked with it (see commit-outcome.ts). */
  readonly writer: string;
  readonly #client: PoolClient;

  constructor(client: PoolClient, writer: string) {
    this.#client = client;
    this.writer = writer;
  }

  query<P extends SqlParameters, Row>(
    { text, adHoc }: Statement<P, Row>,
    parameters: P,
  ): Promise<{ rows: Row[]; count: number }> {
    if (adHoc === true) {
      const once = number(text);
      return this.send({ text: once.text, values: bind(once, parameters) });
    }
    const prepared = prepare(text);
    return this.send({ name: prepared.name, text: prepared.text, values: bind(prepared, parameters) });
  }

  async send<Row>(query: QueryConfig): Promise<{ rows: Row[]; count: number }> {
    const { rows, rowCount } = await fromPg<QueryResult>(this.#client.query(query));
    // The row type is what the statement's author declared.
    return { rows: rows as Row[], count: rowCount ?? 0 };
  }

  /** Any number of statements without parameters. Returns what the server calls the last one. */
  async command(text: string, timeoutMs?: number): Promise<string> {
    const query = { text, ...(timeoutMs !== undefined && { query_timeout: timeoutMs }) };
    const result = await fromPg<QueryResult | QueryResult[]>(this.#client.query(query));
    return (Array.isArray(result) ? result.at(-1) : result)?.command ?? "";
  }

  release(broken: boolean): void {
    this.#client.release(broken);
  }
}

/** The connections of one process, made when they are needed. */
export class Connections implements AsyncDisposable {
  readonly location: string;
  readonly lockTimeoutMs: number;
  readonly #address: Address;
  readonly #options: PostgresOptions;
  readonly #pool: pg.Pool;
  /** pg gives each connection its own settings only through this class. */
  readonly #writers = new WeakMap<pg.Client, string>();

  constructor(address: Address, options: PostgresOptions) {
    this.#address = address;
    this.#options = options;
    this.location = address.location;
    this.lockTimeoutMs = options.lockTimeoutMs;
    const writers = this.#writers;
    class MarkedClient extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        const writer = `headrace ${randomUUID()}`;
        super({ ...config, application_name: writer });
        writers.set(this, writer);
      }
    }
    this.#pool = new pg.Pool({
      ...this.clientConfig(),
      Client: MarkedClient,
      max: POOL_SIZE,
      idleTimeoutMillis: IDLE_MS,
    });
    // A connection that breaks while nobody uses it is replaced by the pool; one that is in use fails its query.
    this.#pool.on("error", () => {});
    this.#pool.on("connect", (client) => client.on("error", () => {}));
  }

  /** For a connection of one's own, outside the pool. */
  clientConfig(): pg.ClientConfig {
    return {
      ...this.#address.config,
      options: `${this.#address.sessionOptions} ${sessionSettings(this.#options)}`.trim(),
      pipeline: true,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_MS + this.lockTimeoutMs,
      types: { getTypeParser: parserOf },
    };
  }

  /** One attempt to connect, so that a wrong URL is told at once. A server that goes away after that is waited for. */
  async check(): Promise<void> {
    let isReached = false;
    const versionOf = async (
      connection: Connection,
    ): Promise<{ readonly version: number; readonly name: string } | undefined> => {
      isReached = true;
      const { rows } = await connection.send<{ version: number; name: string }>({
        text: "select current_setting('server_version_num')::int as version, current_setting('server_version') as name",
      });
      return rows[0];
    };
    try {
      const server = await this.#askOnce(versionOf).catch((error: unknown) => {
        if ((isReached && isConnectionLost(error)) || isShutDown(error)) return this.ask(versionOf);
        throw error;
      });
      if (server === undefined || server.version >= OLDEST_SERVER) return;
      throw new HeadraceError(
        "HR_STORE_UNAVAILABLE",
        `the database ${this.location} is PostgreSQL ${server.name}; 13 or later is needed`,
        {
          hint: "upgrade the server, or use another one",
        },
      );
    } catch (error) {
      throw explainPostgresError(error, this.location);
    }
  }

  /** Waits for a server that is away for a while, until the patience is used up. */
  acquire(): Promise<Connection> {
    return this.patiently(() => this.#acquireOnce());
  }

  /** A question that may be asked again when the connection breaks, or another transaction was in its way. */
  ask<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    return this.patiently(() => this.#askOnce(question));
  }

  /**
   * Repeats what fails for want of a connection, or since the server preferred another transaction (one that alters
   * tables may wait for a question that waits for it), with growing pauses, until the patience is used up. Failures
   * come in words.
   */
  patiently<T>(action: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.lockTimeoutMs;
    return retry(action, {
      pauseMs: (error, failures) => {
        if (!(mayConnectLater(error) || isCollision(error)) || performance.now() >= deadline)
          throw explainPostgresError(error, this.location);
        return spread(backoffMs(PAUSES, failures));
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }

  /** The connection is given back whatever happens: the pool would wait for it for ever when it is closed. */
  async #askOnce<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.#acquireOnce();
    let broken = true;
    try {
      const answer = await question(connection);
      broken = false;
      return answer;
    } catch (error) {
      broken = isConnectionLost(error);
      throw error;
    } finally {
      connection.release(broken);
    }
  }

  async #acquireOnce(): Promise<Connection> {
    if (this.#pool.ending) throw new Error("the database was closed");
    const client = await fromPg(this.#pool.connect());
    return new Connection(client, this.#writers.get(client) ?? "headrace");
  }
}

/** Sent with the start of the session, so that they cost no question of their own. */
function sessionSettings({ readOnly, lockTimeoutMs }: PostgresOptions): string {
  const settings = {
    search_path: SCHEMA,
    lock_timeout: Math.max(1, Math.round(lockTimeoutMs)),
    // A process that hangs between two statements must not keep others out for ever.
    idle_in_transaction_session_timeout: 600_000,
    // A commit is on the server's disk when it returns, whatever the server's default is.
    synchronous_commit: "on",
    default_transaction_isolation: "read\\ committed",
    default_transaction_read_only: readOnly ? "on" : "off",
    client_min_messages: "warning",
    // Our statements are short: compiling them costs more than it saves.
    jit: "off",
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
}

const INT8 = 20;

/** Integers of ours stay within what a number holds exactly; pg gives them as text otherwise. */
function parserOf(type: number, format?: "text" | "binary"): (value: string) => unknown {
  return type === INT8 ? Number : pg.types.getTypeParser(type, format);
}
