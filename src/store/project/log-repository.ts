import { type Queries, type SqlParameters, statement } from "../database.ts";
import { OF_PROJECT } from "./execution-keys.ts";
import type { ProjectScope } from "./scope.ts";

/** Logs of ended executions among the stored files. */
export interface LogRepository {
  /** The stored file with the log of an execution; undefined where none is kept, or it was discarded. */
  getKept(executionId: string): Promise<KeptLog | undefined>;
  /** True if the execution has ended and its log still waits to be kept, by an engine that can reach it. */
  waits(executionId: string): Promise<boolean>;
  /** Executions whose logs wait, oldest first: those after the one with this key. */
  listWaiting(afterKey?: number): Promise<readonly WaitingLog[]>;
  /** Logs that are stored now, or were empty. Another process may have kept them meanwhile: nothing is done twice. */
  keep(logs: readonly LogToKeep[]): Promise<void>;
  /** All that are kept, of all projects, page by page; for housekeeping. */
  listKept(): AsyncIterable<readonly KeptLogFacts[]>;
  /** Takes logs out of sight, or back where `at` is null. */
  discard(executionIds: readonly string[], at: number | null): Promise<void>;
  /** Removes the records of logs; their stored files are then nobody's. */
  delete(executionIds: readonly string[]): Promise<void>;
}

export interface KeptLog {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface KeptLogFacts extends KeptLog {
  readonly executionId: string;
  readonly runKey: number;
  /** True if it belongs to the project that was opened. */
  readonly isOwn: boolean;
  readonly finishedAt: number;
  /** Since when it is out of sight. */
  readonly discardedAt?: number;
}

export interface WaitingLog {
  readonly key: number;
  readonly executionId: string;
  readonly environmentName: string;
}

export interface LogToKeep {
  readonly executionId: string;
  /** Absent where nothing was printed. */
  readonly kept?: KeptLog;
}

const PAGE = 1_000;

const selectKept = statement<{ project: number; id: string }, { sha256: string; size_bytes: number }>(`
  select kept_logs.sha256, kept_logs.size_bytes
  from executions join kept_logs on kept_logs.execution_key = executions.key
  where executions.id = :id and executions.${OF_PROJECT} and kept_logs.discarded_at is null`);

const selectWaits = statement<{ project: number; id: string }, { log_waits: number | null }>(`
  select log_waits from executions where id = :id and ${OF_PROJECT}`);

const selectWaiting = statement<
  { project: number; after: number },
  { key: number; id: string; environment_name: string }
>(`
  select key, id, environment_name from executions
  where log_waits = 1 and ${OF_PROJECT} and key > :after
  order by key limit ${PAGE}`);

type KeptParameters = SqlParameters & { project: number; id: string; sha256: string; sizeBytes: number };

const insertKept = statement<KeptParameters>(`
  insert into kept_logs (execution_key, project_key, sha256, size_bytes)
  select key, project_key, :sha256, :sizeBytes from executions where id = :id and ${OF_PROJECT} and log_waits = 1
  on conflict do nothing`);

const endWait = statement<{ project: number; id: string }>(`
  update executions set log_waits = null where id = :id and ${OF_PROJECT} and log_waits = 1`);

interface KeptRow {
  readonly key: number;
  readonly id: string;
  readonly run_key: number;
  readonly project_key: number;
  readonly sha256: string;
  readonly size_bytes: number;
  readonly finished_at: number | null;
  readonly discarded_at: number | null;
}

const selectAllKept = statement<{ after: number }, KeptRow>(`
  select executions.key, executions.id, executions.run_key, executions.project_key, kept_logs.sha256, kept_logs.size_bytes,
    executions.finished_at, kept_logs.discarded_at
  from kept_logs join executions on executions.key = kept_logs.execution_key
  where kept_logs.execution_key > :after order by kept_logs.execution_key limit ${PAGE}`);

const OF_EXECUTION = `execution_key = (select key from executions where id = :id and ${OF_PROJECT})`;

const setDiscarded = statement<{ project: number; id: string; at: number | null }>(
  `update kept_logs set discarded_at = :at where ${OF_EXECUTION}`,
);

const deleteKept = statement<{ project: number; id: string }>(`delete from kept_logs where ${OF_EXECUTION}`);

const ofLive = (table: string) =>
  statement<{ project: number; id: string }>(`delete from ${table} where ${OF_EXECUTION}`);
const deleteParts = ofLive("log_parts");
const deleteFollowers = ofLive("log_followers");

export function logRepository({ database, project, change }: ProjectScope): LogRepository {
  const isShared = database.dialect.place === "server";
  return {
    getKept: async (id) => {
      const row = await database.get(selectKept, { project, id });
      return row && { sha256: row.sha256, sizeBytes: row.size_bytes };
    },
    waits: async (id) => (await database.get(selectWaits, { project, id }))?.log_waits === 1,
    listWaiting: (afterKey = 0) => listWaiting(database, project, afterKey),
    keep: (logs) =>
      change(async ({ queries }) => {
        const kept = logs.flatMap(({ executionId: id, kept: log }) =>
          log === undefined ? [] : [{ project, id, ...log }],
        );
        await queries.runMany(insertKept, kept);
        const executions = logs.map(({ executionId: id }) => ({ project, id }));
        await queries.runMany(endWait, executions);
        if (!isShared) return;
        // Deletes the parts that were published while they ran.
        await queries.runMany(deleteParts, executions);
        await queries.runMany(deleteFollowers, executions);
      }),
    listKept: () => listKept(database, project),
    discard: (ids, at) =>
      change(async ({ queries }) => {
        await queries.runMany(
          setDiscarded,
          ids.map((id) => ({ project, id, at })),
        );
      }),
    delete: (ids) =>
      change(async ({ queries }) => {
        await queries.runMany(
          deleteKept,
          ids.map((id) => ({ project, id })),
        );
      }),
  };
}

async function* listKept(queries: Queries, project: number): AsyncGenerator<readonly KeptLogFacts[]> {
  for (let after: number | undefined = 0; after !== undefined; ) {
    const rows: readonly KeptRow[] = await queries.all(selectAllKept, { after });
    if (rows.length > 0) yield rows.map((row) => toFacts(row, project));
    after = rows.at(-1)?.key;
  }
}

function toFacts(row: KeptRow, project: number): KeptLogFacts {
  return {
    ...{ executionId: row.id, runKey: row.run_key, isOwn: row.project_key === project },
    ...{ sha256: row.sha256, sizeBytes: row.size_bytes, finishedAt: row.finished_at ?? 0 },
    ...(row.discarded_at === null ? {} : { discardedAt: row.discarded_at }),
  };
}

async function listWaiting(queries: Queries, project: number, after: number): Promise<readonly WaitingLog[]> {
  const rows = await queries.all(selectWaiting, { project, after });
  return rows.map(({ key, id, environment_name: environmentName }) => ({ key, executionId: id, environmentName }));
}
