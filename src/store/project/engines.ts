import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { ENGINE_IDENTITY } from "../documents/record-documents.ts";
import type { EngineRecord } from "../records.ts";
import type { NewEngine } from "./requests.ts";
import type { EngineRow } from "./rows.ts";

const insertEngine = statement<{
  id: string;
  project: number;
  pool: string;
  host: string;
  identity: string;
  at: number;
}>(`
  insert into engines (id, project_key, pool, host, identity, v, beat, started_at, seen_at)
  values (:id, :project, :pool, :host, :identity, ${ENGINE_IDENTITY.version}, 0, :at, :at)`);

/**
 * The beat of one and, in the same exchange and outside any transaction of ours, how the others' beats stand: all that an idle engine asks.
 * No other engine's row is changed by it, so it makes no difference whether the inner query sees the row before or after the change.
 */
const beatAndLook = statement<{ id: string; project: number; at: number }, { others: string | null }>(`
  update engines set beat = beat + 1, seen_at = :at where id = :id and project_key = :project
  returning (
    select string_agg(cast(others.beat as text) || ' ' || others.id, ',')
    from engines as others where others.project_key = :project and others.id <> :id
  ) as others`);

const ENGINE_SELECTION = "select id, pool, host, identity, v, beat, started_at, seen_at from engines";

const selectEngines = statement<{ project: number }, EngineRow>(`${ENGINE_SELECTION} where project_key = :project order by key`);

/** What a dead engine's row is still needed for: to tell where the processes of its steps are. */
const deleteUnneeded = statement<{ id: string; project: number }>(`
  delete from engines where id = :id and project_key = :project and not exists (
    select 1 from executions
    where executions.project_key = :project and executions.state in ('started', 'stopping') and executions.owner = :id)`);

/** Beats count up from 0, so that this one never comes again. */
export const LEFT = -1;

const updateToLeft = statement<{ id: string; project: number; at: number }>(`
  update engines set beat = ${LEFT}, seen_at = :at where id = :id and project_key = :project`);

export async function addEngine({ queries, project }: Change, { id, pool, host, identity, at }: NewEngine): Promise<void> {
  await queries.run(insertEngine, { id, project, pool, host, identity: JSON.stringify(identity), at });
}

export async function beat(queries: Queries, project: number, id: string, at: number): Promise<ReadonlyMap<string, number> | undefined> {
  const row = await queries.get(beatAndLook, { id, project, at });
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

export async function removeEngine({ queries, project }: Change, id: string, at: number): Promise<boolean> {
  if ((await queries.run(deleteUnneeded, { id, project })) > 0) return true;
  await queries.run(updateToLeft, { id, project, at });
  return false;
}
