import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { AUDIT_DETAIL } from "../documents/record-documents.ts";
import type { Actor } from "../events/actor.ts";
import type { Subject } from "../events/event.ts";
import { type AuditOrigin, originOf } from "./audit-origin.ts";

/** Somebody changed something. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: Actor;
  /** The action and the kind of its subject: `run.stop`, `project.rename` … */
  readonly action: string;
  readonly subject: Subject;
  /** Facts about the subject, or the change itself; the subject itself may be gone. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends Required<AuditEntry> {
  /** Grows with each entry. */
  readonly id: number;
  /** The project's id; absent for what concerns the installation. */
  readonly project?: string;
  /** From where it was asked for; absent for entries of versions before it was recorded. */
  readonly from?: AuditOrigin;
}

export interface AuditFilter {
  /** Entries with a greater id only. */
  readonly afterId: number;
  /** Entries with a smaller id only. */
  readonly beforeId?: number;
  readonly limit: number;
  /** The project's id. */
  readonly project?: string;
  readonly subject?: Subject;
  readonly actor?: string;
  /** An action, or its first part: `run` stands for `run.stop`, `run.label` … */
  readonly action?: string;
  /** The address of the client. */
  readonly address?: string;
  /** The proof by which the caller was known, or the first part of it: `token` stands for `token:ID`. */
  readonly via?: string;
  /** A part of the name that the calling program gave itself; capital letters count. */
  readonly agent?: string;
  /** The request's id. */
  readonly requestId?: string;
  /** Entries at this time and after it. */
  readonly since?: number;
  /** Entries before this time. */
  readonly until?: number;
  /** Absent: `oldest`. */
  readonly first?: "oldest" | "newest";
}

/**
 * The log says who asked for which change. Entries are added, and never changed or removed: not even when the run or
 * the project that they name is removed.
 */
export interface AuditLog {
  list(filter: AuditFilter): Promise<readonly AuditRecord[]>;
}

interface AuditRow {
  readonly id: number;
  readonly project_id: string | null;
  readonly at: number;
  readonly actor: Actor;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly v: number;
  readonly detail: string;
  readonly address: string | null;
  readonly via: string | null;
  readonly agent: string | null;
  readonly request_id: string | null;
}

type EntryParameters = {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly detail: string;
  readonly address: string;
  readonly via: string;
  readonly agent: string;
  readonly requestId: string | null;
};

/** No id and no time is greater. */
const LAST = Number.MAX_SAFE_INTEGER;

const COLUMNS = "at, actor, action, subject_kind, subject_id, v, detail, address, via, agent, request_id";
// The cast: where these stand in a `select`, PostgreSQL takes a parameter for a text.
const VALUES = `cast(:at as bigint), :actor, :action, :subjectKind, :subjectId, ${AUDIT_DETAIL.version}, :detail, :address, :via, :agent, cast(:requestId as text)`;

const insertOfProject = statement<EntryParameters & { project: number }>(`
  insert into audit (project_id, ${COLUMNS}) select id, ${VALUES} from projects where key = :project`);

const insertOfInstallation = statement<EntryParameters & { project: string | null }>(`
  insert into audit (project_id, ${COLUMNS}) values (:project, ${VALUES})`);

type FilterParameters = {
  readonly after: number;
  readonly before: number;
  readonly limit: number;
  readonly project: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly actor: string;
  readonly action: string;
  readonly address: string;
  readonly via: string;
  readonly agent: string;
  readonly requestId: string;
  readonly since: number;
  readonly until: number;
};

const SELECT = `
  select id, project_id, ${COLUMNS} from audit
  where id > :after and id < :before and at >= :since and at < :until
    and (:project = '' or project_id = :project)
    and (:subjectKind = '' or subject_kind = :subjectKind)
    and (:subjectId = '' or subject_id = :subjectId)
    and (:actor = '' or actor = :actor)
    and (:action = '' or action = :action or substr(action, 1, length(:action) + 1) = :action || '.')
    and (:address = '' or address = :address)
    and (:via = '' or via = :via or substr(via, 1, length(:via) + 1) = :via || ':')
    and (:agent = '' or replace(agent, :agent, '') <> agent)
    and (:requestId = '' or request_id = :requestId)`;

const selectOldest = statement<FilterParameters, AuditRow>(`${SELECT} order by id limit :limit`);
const selectNewest = statement<FilterParameters, AuditRow>(`${SELECT} order by id desc limit :limit`);

/** Part of a change in a project. */
export async function recordAudit(
  { queries, project }: Pick<Change, "queries" | "project">,
  entry: AuditEntry,
): Promise<void> {
  await queries.run(insertOfProject, { ...parametersOf(entry), project });
}

/** Part of a change of the installation; `project`: the id of the project that it concerns. */
export async function recordInstallationAudit(queries: Queries, entry: AuditEntry, project?: string): Promise<void> {
  await queries.run(insertOfInstallation, { ...parametersOf(entry), project: project ?? null });
}

export function auditLog(queries: Queries): AuditLog {
  return {
    list: async (filter) => {
      const wanted = filter.first === "newest" ? selectNewest : selectOldest;
      return (await queries.all(wanted, filterParameters(filter))).map(toRecord);
    },
  };
}

function filterParameters(filter: AuditFilter): FilterParameters {
  const { afterId: after, beforeId: before = LAST, since = 0, until = LAST, limit } = filter;
  return {
    ...{ after, before, since, until, limit: Math.max(0, limit) },
    ...{ project: filter.project ?? "", actor: filter.actor ?? "", action: filter.action ?? "" },
    ...{ subjectKind: filter.subject?.kind ?? "", subjectId: filter.subject?.id ?? "" },
    ...{ address: filter.address ?? "", via: filter.via ?? "" },
    ...{ agent: filter.agent ?? "", requestId: filter.requestId ?? "" },
  };
}

function parametersOf({ at, actor, action, subject, detail }: AuditEntry): EntryParameters {
  const { address, via, agent, requestId = null } = originOf(actor);
  return {
    ...{ at, actor, action, subjectKind: subject.kind, subjectId: subject.id, detail: JSON.stringify(detail ?? {}) },
    ...{ address, via, agent, requestId },
  };
}

function toRecord(row: AuditRow): AuditRecord {
  const { id, at, actor, action } = row;
  return {
    ...{ id, at, actor, action, subject: { kind: row.subject_kind, id: row.subject_id } },
    ...(row.project_id === null ? {} : { project: row.project_id }),
    detail: AUDIT_DETAIL.read(row.v, row.detail),
    ...fromOf(row),
  };
}

function fromOf({ address, via, agent, request_id: requestId }: AuditRow): Pick<AuditRecord, "from"> {
  if (address === null || via === null || agent === null) return {};
  return { from: { address, via, agent, ...(requestId !== null && { requestId }) } };
}
