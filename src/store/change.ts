import { type Database, type SqlParameters, type Statement, statement, type Transaction } from "./database.ts";
import type { EventBody } from "./records.ts";

/** What a change of the store works with: the open transaction, and the events that it will append. */
export interface Change {
  readonly queries: Transaction;
  readonly project: number;
  /** Events get their ids at the end of the transaction, in the order of these calls. */
  emit(runKey: number, at: number, body: EventBody): void;
}

const insertEvent = statement<EventRow>(`
  insert into events (project_key, run_key, at, body) values (:project, :runKey, :at, :body)`);

type EventRow = { readonly project: number; readonly runKey: number; readonly at: number; readonly body: string };

/** Runs `work` as one transaction with its events. `announce` is called after the commit when there were any. */
export async function applyChange<T>(
  database: Database,
  project: number,
  work: (change: Change) => Promise<T>,
  announce: () => void,
): Promise<T> {
  const events: EventRow[] = [];
  const result = await database.transaction("immediate", async (queries) => {
    events.length = 0;
    const value = await work({
      queries,
      project,
      emit: (runKey, at, body) => events.push({ project, runKey, at, body: JSON.stringify(body) }),
    });
    // A copy: the append may be carried out after this list was emptied for another attempt.
    await queries.append(project, insertEvent, [...events]);
    return value;
  });
  if (events.length > 0) announce();
  return result;
}

/** Runs a statement that must return a row, such as an insert with `returning`. */
export async function getRow<P extends SqlParameters, Row>(queries: Transaction, wanted: Statement<P, Row>, parameters: P): Promise<Row> {
  const row = await queries.get(wanted, parameters);
  if (row === undefined) throw new Error(`no row from: ${wanted.text}`);
  return row;
}
