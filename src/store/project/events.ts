import { type Queries, type Statement, statement } from "../database.ts";
import { EVENT_BODY } from "../documents/event-document.ts";
import type { Actor } from "../events/actor.ts";
import type { EventRecord } from "../events/event.ts";
import type { EventPage } from "./event-feed.ts";

interface EventRow {
  readonly id: number;
  readonly at: number;
  readonly project_id: string;
  readonly actor: Actor | null;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly v: number;
  readonly body: string;
}

interface PageParameters {
  readonly [name: string]: string | number;
  readonly project: number;
  readonly after: number;
  /** `|a|b|`; empty for all. */
  readonly kinds: string;
  readonly limit: number;
}

function selectWhere(condition: string): Statement<PageParameters, EventRow> {
  return statement(`
    select events.id, events.at, projects.id as project_id, events.actor, events.subject_kind, events.subject_id, events.v, events.body
    from events join projects on projects.key = events.project_key
    where ${condition} and events.id > :after and (:kinds = '' or replace(:kinds, '|' || events.kind || '|', '|') <> :kinds)
    order by events.id limit :limit`);
}

const OF_RUN = "events.run_key = (select key from runs where id = :runId and project_key = :project)";
const OF_EXECUTION =
  "events.run_key = (select run_key from executions where id = :subjectId and project_key + 0 = :project)";
const ABOUT = "events.subject_kind = :subjectKind and events.subject_id = :subjectId";

const selectAll = selectWhere("events.project_key = :project");
const selectOfRun = selectWhere(OF_RUN);
const selectOfRunAbout = selectWhere(`${OF_RUN} and ${ABOUT}`);
/** The events about runs and executions are among the events of their run. */
const selectAboutRun = selectWhere(`${OF_RUN.replace(":runId", ":subjectId")} and ${ABOUT}`);
const selectAboutExecution = selectWhere(`${OF_EXECUTION} and ${ABOUT}`);
const selectAbout = selectWhere(`events.project_key = :project and events.run_key is null and ${ABOUT}`);

const selectLatest = statement<{ readonly project: number }, { readonly id: number }>(
  "select id from events where project_key = :project order by id desc limit 1",
);

export async function latestEventId(queries: Queries, project: number): Promise<number> {
  return (await queries.get(selectLatest, { project }))?.id ?? 0;
}

export async function listEvents(queries: Queries, project: number, page: EventPage): Promise<readonly EventRecord[]> {
  const { runId, subject, kinds } = page;
  if (kinds?.length === 0) return [];
  const rows = await queries.all(statementFor(page), {
    project,
    after: page.afterId,
    kinds: kinds === undefined ? "" : `|${kinds.join("||")}|`,
    limit: Math.max(0, page.limit),
    ...(runId === undefined ? {} : { runId }),
    ...(subject === undefined ? {} : { subjectKind: subject.kind, subjectId: subject.id }),
  });
  return rows.map(toEvent);
}

function statementFor({ runId, subject }: EventPage): Statement<PageParameters, EventRow> {
  if (subject === undefined) return runId === undefined ? selectAll : selectOfRun;
  if (runId !== undefined) return selectOfRunAbout;
  if (subject.kind === "run") return selectAboutRun;
  return subject.kind === "execution" ? selectAboutExecution : selectAbout;
}

function toEvent(row: EventRow): EventRecord {
  return {
    id: row.id,
    at: row.at,
    project: row.project_id,
    ...(row.actor === null ? {} : { actor: row.actor }),
    subject: { kind: row.subject_kind, id: row.subject_id },
    body: EVENT_BODY.read(row.v, row.body),
    v: EVENT_BODY.version,
  };
}
