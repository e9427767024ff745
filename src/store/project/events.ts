import { type Queries, statement } from "../database.ts";
import type { EventRecord } from "../records.ts";
import { type EventRow, toEvent } from "./rows.ts";

const selectEvents = statement<{ project: number; after: number; limit: number }, EventRow>(`
  select id, at, body from events where project_key = :project and id > :after order by id limit :limit`);

const selectEventsOfRun = statement<{ project: number; runId: string; after: number; limit: number }, EventRow>(`
  select id, at, body from events
  where run_key = (select key from runs where id = :runId and project_key = :project) and id > :after
  order by id limit :limit`);

export async function listEvents(
  queries: Queries,
  project: number,
  filter: { readonly afterId: number; readonly runId?: string; readonly limit: number },
): Promise<readonly EventRecord[]> {
  const { runId } = filter;
  const page = { project, after: filter.afterId, limit: Math.max(0, filter.limit) };
  const rows = runId === undefined ? queries.all(selectEvents, page) : queries.all(selectEventsOfRun, { ...page, runId });
  return (await rows).map(toEvent);
}
