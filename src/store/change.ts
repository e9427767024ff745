import { type Database, type SqlParameters, type Statement, statement, type Transaction } from "./database.ts";
import { EVENT_BODY } from "./documents/event-document.ts";
import type { Actor } from "./events/actor.ts";
import { type EventBody, type Subject, subjectOf } from "./events/event.ts";

/** The open transaction of a change of the store, and the events that it will append. */
export interface Change {
  readonly queries: Transaction;
  readonly project: number;
  /**
   * Events get their ids at the end of the transaction, in the order of these calls. `runKey` is null for what belongs
   * to no run.
   */
  emit(runKey: number | null, at: number, body: EventBody, about?: EventAbout): void;
}

export interface EventAbout {
  /** The user or program that asked for it. */
  readonly actor?: Actor | undefined;
  /** Unless it is the execution or the run that the body names. */
  readonly subject?: Subject;
}

const insertEvent = statement<EventRow>(`
  insert into events (project_key, run_key, at, actor, kind, subject_kind, subject_id, v, body)
  values (:project, :runKey, :at, :actor, :kind, :subjectKind, :subjectId, ${EVENT_BODY.version}, :body)`);

type EventRow = {
  readonly project: number;
  readonly runKey: number | null;
  readonly at: number;
  readonly actor: string | null;
  readonly kind: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly body: string;
};

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
    const emit: Change["emit"] = (runKey, at, body, about = {}) => {
      const { kind: subjectKind, id: subjectId } = about.subject ?? subjectOf(body);
      const actor = about.actor ?? null;
      events.push({ project, runKey, at, actor, kind: body.kind, subjectKind, subjectId, body: JSON.stringify(body) });
    };
    const value = await work({ queries, project, emit });
    // A copy: the append may be carried out after this list was emptied for another attempt.
    await queries.append(project, insertEvent, [...events]);
    return value;
  });
  if (events.length > 0) announce();
  return result;
}

/** Runs a statement that must return a row, such as an insert with `returning`. */
export async function getRow<P extends SqlParameters, Row>(
  queries: Transaction,
  wanted: Statement<P, Row>,
  parameters: P,
): Promise<Row> {
  const row = await queries.get(wanted, parameters);
  if (row === undefined) throw new Error(`no row from: ${wanted.text}`);
  return row;
}
