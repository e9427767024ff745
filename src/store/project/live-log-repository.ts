import { statement } from "../database.ts";
import { OF_PROJECT } from "./execution-keys.ts";
import type { ProjectScope } from "./scope.ts";

/**
 * Logs of steps that run, in pieces, for readers that reach these records and not the machine of the step. Nothing is
 * written while nobody reads.
 */
export interface LiveLogRepository {
  /** Readers may be on other machines than the steps. */
  readonly isShared: boolean;
  /** Somebody reads the log of an execution; to be said again every few seconds. */
  follow(executionId: string): Promise<void>;
  /** Returns how often that was said, of each execution of which it ever was. */
  listFollowed(): Promise<ReadonlyMap<string, number>>;
  add(executionId: string, part: LogPart): Promise<void>;
  /** Parts from this entry on, oldest first, a few at a time. */
  list(executionId: string, fromEntry: number): Promise<readonly LogPart[]>;
  /** Returns the range of entries of which there are parts. */
  range(executionId: string): Promise<{ readonly first: number; readonly end: number } | undefined>;
  /** Removes the parts before this entry. */
  drop(executionId: string, beforeEntry: number): Promise<void>;
}

export interface LogPart {
  /** Number of its first entry. */
  readonly first: number;
  /** Number of entries. */
  readonly entries: number;
  /** The size of the streams. */
  readonly bytes: number;
  readonly body: string;
}

/** A few hundred kilobytes. */
const PARTS_PER_LIST = 8;

const KEY = `(select key from executions where id = :id and ${OF_PROJECT})`;

const addFollower = statement<{ project: number; id: string }>(`
  insert into log_followers (execution_key, project_key, count)
  select key, project_key, 1 from executions where id = :id and ${OF_PROJECT} and finished_at is null
  on conflict (execution_key) do update set count = log_followers.count + 1`);

const selectFollowers = statement<{ project: number }, { id: string; count: number }>(`
  select executions.id, log_followers.count from log_followers join executions on executions.key = log_followers.execution_key
  where log_followers.${OF_PROJECT}`);

const insertPart = statement<{
  project: number;
  id: string;
  first: number;
  entries: number;
  bytes: number;
  body: string;
}>(`
  insert into log_parts (execution_key, first_entry, entries, bytes, body)
  select key, :first, :entries, :bytes, :body from executions where id = :id and ${OF_PROJECT} and finished_at is null
  on conflict do nothing`);

const selectParts = statement<
  { project: number; id: string; from: number },
  { first_entry: number; entries: number; bytes: number; body: string }
>(`
  select first_entry, entries, bytes, body from log_parts
  where execution_key = ${KEY} and first_entry + entries > :from
  order by first_entry limit ${PARTS_PER_LIST}`);

const selectRange = statement<{ project: number; id: string }, { first: number | null; last: number | null }>(`
  select min(first_entry) as first, max(first_entry + entries) as last from log_parts where execution_key = ${KEY}`);

const deleteParts = statement<{ project: number; id: string; before: number }>(`
  delete from log_parts where execution_key = ${KEY} and first_entry < :before`);

export function liveLogRepository({ database, project, change }: ProjectScope): LiveLogRepository {
  return {
    isShared: database.dialect.place === "server",
    follow: (id) => change(async ({ queries }) => void (await queries.run(addFollower, { project, id }))),
    listFollowed: async () =>
      new Map((await database.all(selectFollowers, { project })).map(({ id, count }) => [id, count])),
    add: (id, part) => change(async ({ queries }) => void (await queries.run(insertPart, { project, id, ...part }))),
    list: async (id, from) =>
      (await database.all(selectParts, { project, id, from })).map(({ first_entry: first, ...part }) => ({
        first,
        ...part,
      })),
    range: async (id) => {
      const row = await database.get(selectRange, { project, id });
      return row === undefined || row.first === null || row.last === null
        ? undefined
        : { first: row.first, end: row.last };
    },
    drop: (id, before) => change(async ({ queries }) => void (await queries.run(deleteParts, { project, id, before }))),
  };
}
