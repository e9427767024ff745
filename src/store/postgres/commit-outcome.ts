import { setTimeout as delay } from "node:timers/promises";
import { HeadraceError } from "../../errors.ts";
import { statement } from "../database.ts";
import type { Connection, Connections } from "./connections.ts";
import { type Appended, sendRows } from "./open-transaction.ts";
import { LOCK_CLASS } from "./postgres-dialect.ts";
import { isConnectionLost, sqlState } from "./postgres-errors.ts";

/** Tells listeners whose rows were appended, and by whom (see notifications.ts). */
export const CHANNEL = "headrace";

const setPatience = statement<{ timeout: string }, unknown>("select set_config('lock_timeout', :timeout, true)");
/** Listeners are told at the commit. */
const lockSeries = statement<{ series: number; payload: string }, unknown>(`
  select pg_advisory_xact_lock(${LOCK_CLASS}, cast(:series as int)), pg_notify('${CHANNEL}', :payload)`);

const markCommit = statement<{ writer: string; token: number; at: number }>(`
  insert into commit_tokens (writer, token, at) values (:writer, :token, :at)
  on conflict (writer) do update set token = excluded.token, at = excluded.at`);

const forgetOldMarks = statement<{ before: number }>(`
  delete from commit_tokens where writer in (select writer from commit_tokens where at < :before for update skip locked)`);

const readMark = statement<{ writer: string }, { token: number }>(
  "select token from commit_tokens where writer = :writer",
);

/** A backend that has lost its client may still be about to commit. */
const endBackend = statement<{ writer: string }, unknown>(`
  select pg_terminate_backend(pid) from pg_stat_activity
  where application_name = :writer and datname = current_database() and usename = current_user`);

const MARK_LIFE_MS = 24 * 3_600_000;
const MARKS_BETWEEN_CLEANUPS = 100;

/** The connection broke while the commit was under way: it may have happened or not. */
export class CommitUnknown extends Error {}

export interface Ending {
  readonly appended: readonly Appended[];
  /** A listener leaves out this process's own notifications by this text. */
  readonly origin: string;
  /** Never used before by this connection. */
  readonly token: number;
  /** Waiting for locks was cut short meanwhile; those at the end lead to no deadlock. */
  readonly isGroup: boolean;
  readonly lockTimeoutMs: number;
}

/**
 * Ends the transaction in one exchange with the server: takes the locks of the series, adds what was appended, marks
 * the commit, commits. So the lock of a series, which makes its keys grow in the order of commits, is held for hardly
 * longer than the disk's sync. Rejects with CommitUnknown, or with the reason for which the server undid the
 * transaction.
 */
export async function commit(connection: Connection, ending: Ending): Promise<void> {
  const { appended, origin, token, isGroup, lockTimeoutMs } = ending;
  const at = Date.now();
  const series = [...new Set(appended.map((each) => each.series))].toSorted((a, b) => a - b);
  const sent: Promise<unknown>[] = [];
  if (isGroup) sent.push(connection.query(setPatience, { timeout: `${lockTimeoutMs}` }));
  for (const each of series) sent.push(connection.query(lockSeries, { series: each, payload: `${each} ${origin}` }));
  for (const [text, rows] of Map.groupBy(appended, (each) => each.text)) {
    const all = rows.flatMap((each) => each.rows);
    sent.push(...sendRows(connection, text, all));
  }
  sent.push(connection.query(markCommit, { writer: connection.writer, token, at }));
  if (token % MARKS_BETWEEN_CLEANUPS === 1) sent.push(connection.query(forgetOldMarks, { before: at - MARK_LIFE_MS }));
  const command = connection.command("commit");
  const outcomes = await Promise.allSettled([...sent, command]);
  const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  // After a failure the server answers “commit” with ROLLBACK.
  const refusal = reasons.find((reason) => !isConnectionLost(reason));
  if (refusal !== undefined) throw refusal;
  if (reasons.length > 0) throw new CommitUnknown("the connection broke during a commit", { cause: reasons[0] });
  if ((await command) !== "COMMIT") throw new Error("the server did not commit and gave no reason");
}

/**
 * True if a commit whose answer never came has happened. A row of the transaction itself proves it: the status that
 * PostgreSQL gives for a transaction's number (`pg_xact_status`) is no proof, since after a crash of the server the
 * number may be given to another transaction.
 */
export async function hasCommitted(connections: Connections, writer: string, token: number): Promise<boolean> {
  const deadline = performance.now() + connections.lockTimeoutMs;
  return connections.ask(async (connection) => {
    while ((await connection.query(endBackend, { writer })).rows.length > 0) {
      if (performance.now() >= deadline) throw stillUnknown(connections.location);
      await delay(10);
    }
    try {
      const { rows } = await connection.query(readMark, { writer });
      return rows[0]?.token === token;
    } catch (error) {
      // Not even the table is there: it would have come with the transaction.
      if (sqlState(error) === "42P01") return false;
      throw error;
    }
  });
}

function stillUnknown(location: string): HeadraceError {
  return new HeadraceError(
    "HR_STORE_UNAVAILABLE",
    `the connection to the database ${location} broke during a commit, and the server does not say whether it happened`,
    { hint: "check the server, then read the records again" },
  );
}
