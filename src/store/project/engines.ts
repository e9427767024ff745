import type { Change } from "../change.ts";
import { type Queries, statement, type Transaction } from "../database.ts";
import { ENGINE_IDENTITY } from "../documents/record-documents.ts";
import type { EngineProcess, EngineRecord } from "../records.ts";
import type { NewEngine, ProjectWork, WorkKind } from "./requests.ts";
import type { EngineRow, ProcessRow } from "./rows.ts";

const insertProcess = statement<{ id: string; identity: string; at: number }>(`
  insert into engine_processes (id, identity, v, beat, started_at, seen_at)
  values (:id, :identity, ${ENGINE_IDENTITY.version}, 0, :at, :at) on conflict (id) do nothing`);

const insertEngine = statement<{
  id: string;
  project: number;
  pool: string;
  host: string;
  identity: string;
}>(`
  insert into engines (id, project_key, pool, host, identity, v)
  values (:id, :project, :pool, :host, :identity, ${ENGINE_IDENTITY.version}) on conflict (project_key, id) do nothing`);

/**
 * The beat of one and, in the same exchange and outside any transaction of ours, how the others' beats stand: all that
 * an idle engine asks, for however many projects it works. No other engine's row is changed by it, so it makes no
 * difference whether the inner query sees the row before or after the change.
 */
const beatAndLook = statement<{ id: string; at: number }, { others: string | null }>(`
  update engine_processes set beat = beat + 1, seen_at = :at where id = :id
  returning (
    select string_agg(cast(others.beat as text) || ' ' || others.id, ',') from engine_processes as others where others.id <> :id
  ) as others`);

const selectEngines = statement<{ project: number }, EngineRow>(`
  select engines.id, engines.pool, engines.host, engines.identity, engines.v, engine_processes.beat, engine_processes.started_at,
    engine_processes.seen_at
  from engines join engine_processes on engine_processes.id = engines.id
  where engines.project_key = :project order by engines.key`);

const selectProcesses = statement<Record<string, never>, ProcessRow>(
  "select id, identity, v, beat from engine_processes",
);

/** The condition stands so in the index of unfinished runs. */
const UNFINISHED_WORK = `
  select distinct projects.id as "projectId", runs.pool from runs join projects on projects.key = runs.project_key
  where runs.state in ('created', 'queued', 'started', 'stopping')`;

const selectUnfinished = statement<Record<string, never>, ProjectWork>(UNFINISHED_WORK);
const selectWaiting = statement<Record<string, never>, ProjectWork>(
  `${UNFINISHED_WORK} and runs.state = 'created' and runs.owner is null`,
);

/** Keeps a dead engine's row while it is needed: to tell where the processes of its steps are. */
const deleteUnneeded = statement<{ id: string }>(`
  delete from engines where id = :id and not exists (
    select 1 from executions
    where executions.project_key = engines.project_key and executions.state in ('started', 'stopping') and executions.owner = :id)`);

const deleteProcess = statement<{ id: string }>(`
  delete from engine_processes where id = :id and not exists (select 1 from engines where engines.id = :id)`);

/** Beats count up from 0, so that this one never comes again. */
export const LEFT = -1;

const updateToLeft = statement<{ id: string; at: number }>(`
  update engine_processes set beat = ${LEFT}, seen_at = :at where id = :id`);

export async function addEngine(
  { queries, project }: Change,
  { id, pool, host, identity, at }: NewEngine,
): Promise<void> {
  const text = JSON.stringify(identity);
  await queries.run(insertProcess, { id, identity: text, at });
  await queries.run(insertEngine, { id, project, pool, host, identity: text });
}

export async function beat(queries: Queries, id: string, at: number): Promise<ReadonlyMap<string, number> | undefined> {
  const row = await queries.get(beatAndLook, { id, at });
  if (row === undefined) return undefined;
  const others = row.others === null ? [] : row.others.split(",");
  return new Map(others.map((text) => [text.slice(text.indexOf(" ") + 1), Number.parseInt(text, 10)]));
}

export async function listEngines(queries: Queries, project: number): Promise<readonly EngineRecord[]> {
  const rows = await queries.all(selectEngines, { project });
  return rows.map((row) => ({
    id: row.id,
    pool: row.pool,
    host: row.host,
    identity: ENGINE_IDENTITY.read(row.v, row.identity),
    beat: row.beat,
    startedAt: row.started_at,
    seenAt: row.seen_at,
  }));
}

export async function listProcesses(queries: Queries): Promise<readonly EngineProcess[]> {
  const rows = await queries.all(selectProcesses, {});
  return rows.map(({ id, identity, v, beat }) => ({ id, identity: ENGINE_IDENTITY.read(v, identity), beat }));
}

export function listWork(queries: Queries, what: WorkKind): Promise<readonly ProjectWork[]> {
  return queries.all(what === "waiting" ? selectWaiting : selectUnfinished, {});
}

export async function removeEngine(queries: Transaction, id: string, at: number): Promise<boolean> {
  await queries.run(deleteUnneeded, { id });
  if ((await queries.run(deleteProcess, { id })) > 0) return true;
  await queries.run(updateToLeft, { id, at });
  return false;
}
