import type { SqlParameters, Statement, Transaction } from "../database.ts";
import type { Connection } from "./connections.ts";
import { bind, prepare, prepareRows } from "./prepared.ts";

/** Rows that wait for the end of the transaction. */
export interface Appended {
  readonly series: number;
  readonly text: string;
  readonly rows: readonly SqlParameters[];
}

/** Rows in one statement; a statement is kept prepared for each power of two below. */
const ROWS_PER_STATEMENT = 256;
/** Statements that are under way before their answers are awaited. */
const STATEMENTS_UNDER_WAY = 8;

/** The queries of one piece of work within an open transaction. */
export class OpenTransaction implements Transaction {
  readonly #appended: Appended[] = [];
  #hasChanged = false;
  readonly #held: Connection;
  #closed = false;

  constructor(connection: Connection) {
    this.#held = connection;
  }

  /**
   * Ends this use of the transaction: the rest of a failed piece of work must not write into the next one's
   * transaction. Returns the events to add at the end.
   */
  close(): readonly Appended[] {
    this.#closed = true;
    return this.#appended;
  }

  /** True if it did anything that must be on the disk when it is reported done. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  get #connection(): Connection {
    if (this.#closed) throw new Error("a transaction was used after its end");
    return this.#held;
  }

  async all<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<readonly Row[]> {
    this.#note(statement);
    return (await this.#connection.query<P, Row>(withLock(statement), parameters)).rows;
  }

  async get<P extends SqlParameters, Row>(statement: Statement<P, Row>, parameters: P): Promise<Row | undefined> {
    this.#note(statement);
    return (await this.#connection.query<P, Row>(withLock(statement), parameters)).rows[0];
  }

  async run<P extends SqlParameters>(statement: Statement<P, never>, parameters: P): Promise<number> {
    this.#note(statement);
    return (await this.#connection.query(statement, parameters)).count;
  }

  async runMany<P extends SqlParameters>(statement: Statement<P, never>, rows: Iterable<P>): Promise<number> {
    this.#note(statement);
    let changed = 0;
    let underWay: Promise<number>[] = [];
    const settle = async () => {
      for (const count of await Promise.all(underWay)) changed += count;
      underWay = [];
    };
    for (const chunk of chunks(rows)) {
      underWay.push(...sendRows(this.#connection, statement.text, chunk));
      if (underWay.length >= STATEMENTS_UNDER_WAY) await settle();
    }
    await settle();
    return changed;
  }

  async append<P extends SqlParameters>(
    series: number,
    { text }: Statement<P, never>,
    rows: readonly P[],
  ): Promise<void> {
    if (rows.length === 0) return;
    this.#hasChanged = true;
    this.#appended.push({ series, text, rows });
  }

  async execute(script: string): Promise<void> {
    this.#hasChanged = true;
    await this.#connection.command(script, LONGEST_SCRIPT_MS);
  }

  #note({ text }: { readonly text: string }): void {
    this.#hasChanged ||= !ONLY_LOOKS.test(text);
  }
}

/** A `select` with locks is one as well: without a change they are of no consequence after the end. */
const ONLY_LOOKS = /^\s*select\b/i;
/** A migration may rewrite large tables. */
const LONGEST_SCRIPT_MS = 24 * 3_600_000;

/** Sends rows in as few statements as their number has powers of two, without waiting for the answers. */
export function sendRows(
  connection: Connection,
  text: string,
  rows: readonly SqlParameters[],
): readonly Promise<number>[] {
  const sent: Promise<number>[] = [];
  for (let first = 0; first < rows.length; ) {
    const size = Math.min(ROWS_PER_STATEMENT, 2 ** Math.floor(Math.log2(rows.length - first)));
    const prepared = prepareRows(text, size);
    const part = rows.slice(first, first + (prepared === undefined ? 1 : size));
    const { name, text: numbered, ...binding } = prepared ?? prepare(text);
    const values = part.flatMap((row) => bind(binding, row));
    sent.push(connection.send({ name, text: numbered, values }).then(({ count }) => count));
    first += part.length;
  }
  return sent;
}

function* chunks<T>(rows: Iterable<T>): Iterable<readonly T[]> {
  let chunk: T[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < ROWS_PER_STATEMENT) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** `no key`: rows that refer to this one may be added meanwhile. */
function withLock<P extends SqlParameters, Row>(statement: Statement<P, Row>): Statement<P, Row> {
  if (statement.locks === undefined) return statement;
  return {
    text: `${statement.text} for no key update of ${statement.locks}${statement.skipLocked === true ? " skip locked" : ""}`,
  };
}
