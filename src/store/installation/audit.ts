import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { AUDIT_DETAIL } from "../documents/record-documents.ts";
import type { Actor } from "../events/actor.ts";
import type { Subject } from "../events/event.ts";

/** Somebody changed something. */
export interface AuditEntry {
  readonly at: number;
  readonly actor: Actor;
  /** What was done to what: `run.stop`, `project.rename` … */
  readonly action: string;
  readonly subject: Subject;
  /** What the subject was, or what changed; the subject itself may be gone. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends Required<AuditEntry> {
  /** Grows with each entry. */
  readonly id: number;
  /** The project's id; absent for what concerns the installation. */
  readonly project?: string;
}

export interface AuditFilter {
  /** Entries with a greater id only. */
  readonly afterId: number;
  readonly limit: number;
  /** The project's id. */
  readonly project?: string;
  readonly subject?: Subject;
}

/** Who wanted which change. Entries are added, and never changed or removed: not with the run or the project that they speak of either. */
export interface AuditLog {
  /** Oldest first. */
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
}

type EntryParameters = {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly detail: string;
};

const COLUMNS = "at, actor, action, subject_kind, subject_id, v, detail";
// The cast: where these stand in a `select`, PostgreSQL takes a parameter for a text.
const VALUES = `cast(:at as bigint), :actor, :action, :subjectKind, :subjectId, ${AUDIT_DETAIL.version}, :detail`;

const insertOfProject = statement<EntryParameters & { project: number }>(`
  insert into audit (project_id, ${COLUMNS}) select id, ${VALUES} from projects where key = :project`);

const insertOfInstallation = statement<EntryParameters & { project: string | null }>(`
  insert into audit (project_id, ${COLUMNS}) values (:project, ${VALUES})`);

const selectEntries = statement<{ after: number; limit: number; project: string; subjectKind: string; subjectId: string }, AuditRow>(`
  select id, project_id, at, actor, action, subject_kind, subject_id, v, detail from audit
  where id > :after and (:project = '' or project_id = :project)
    and (:subjectKind = '' or (subject_kind = :subjectKind and subject_id = :subjectId))
  order by id limit :limit`);

/** Part of a change in a project. */
export async function recordAudit({ queries, project }: Pick<Change, "queries" | "project">, entry: AuditEntry): Promise<void> {
  await queries.run(insertOfProject, { ...parametersOf(entry), project });
}

/** Part of a change of the installation; `project`: the id of the project that it concerns. */
export async function recordInstallationAudit(queries: Queries, entry: AuditEntry, project?: string): Promise<void> {
  await queries.run(insertOfInstallation, { ...parametersOf(entry), project: project ?? null });
}

export function auditLog(queries: Queries): AuditLog {
  return {
    list: async ({ afterId, limit, project, subject }) => {
      const rows = await queries.all(selectEntries, {
        ...{ after: afterId, limit: Math.max(0, limit), project: project ?? "" },
        ...{ subjectKind: subject?.kind ?? "", subjectId: subject?.id ?? "" },
      });
      return rows.map(toRecord);
    },
  };
}

function parametersOf({ at, actor, action, subject, detail }: AuditEntry): EntryParameters {
  return { at, actor, action, subjectKind: subject.kind, subjectId: subject.id, detail: JSON.stringify(detail ?? {}) };
}

function toRecord(row: AuditRow): AuditRecord {
  const { id, at, actor, action } = row;
  return {
    ...{ id, at, actor, action, subject: { kind: row.subject_kind, id: row.subject_id } },
    ...(row.project_id === null ? {} : { project: row.project_id }),
    detail: AUDIT_DETAIL.read(row.v, row.detail),
  };
}
