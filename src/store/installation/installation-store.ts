import type { Database, Queries, Transaction } from "../database.ts";
import type { Wish } from "../project/requests.ts";
import { type AuditEntry, type AuditLog, auditLog, recordInstallationAudit } from "./audit.ts";
import { type DatabaseFacts, measureDatabase } from "./database-facts.ts";
import { type FilesMove, type FilesPlace, findFilesPlace, moveFilesPlace, recordFilesPlace } from "./files-place.ts";
import { findProjectOf, type OwnedKind } from "./project-of.ts";
import type { NewProject, ProjectRecord, WantedProject } from "./project-record.ts";
import {
  createProject,
  ensureProject,
  type FoundProject,
  findProject,
  findWanted,
  giveId,
  listProjects,
  renameProject,
} from "./projects.ts";
import { removeProject } from "./remove-project.ts";
import { countWork, type WorkCounts } from "./work-counts.ts";

/** The transaction of a change above projects, and its entries in the audit log. */
export interface InstallationChange {
  readonly queries: Transaction;
  /** Part of the change. `project`: the id of the project that it concerns. */
  audit(entry: AuditEntry, project?: string): Promise<void>;
}

/** A repository above projects reads and changes the database through this. */
export interface InstallationScope {
  /** For reads. */
  readonly database: Queries;
  /** Runs `work` as one transaction with its entries in the audit log. */
  change<T>(work: (change: InstallationChange) => Promise<T>): Promise<T>;
}

/** The records above projects. A view of the database, which alone is closed. */
export interface InstallationStore {
  /** By name. */
  listProjects(): Promise<readonly ProjectRecord[]>;
  /** By id or name. */
  findProject(ref: string): Promise<ProjectRecord | undefined>;
  /** The id of the project that something belongs to, which an id names in the whole installation. */
  findProjectOf(kind: OwnedKind, id: string): Promise<string | undefined>;
  /** Throws HR_CONFLICT where the name or the id is taken. */
  createProject(project: NewProject, wish: Wish): Promise<ProjectRecord>;
  /** The project of this name, made where it is not there. In a database that is up to date this is one small read. */
  ensureProject(wanted: WantedProject): Promise<ProjectRecord>;
  /** The log says who asked for which change, in all projects. */
  readonly audit: AuditLog;
  /** For who watches the installation. */
  countWork(): Promise<WorkCounts>;
  /** For who watches the installation: its kind of database, the version of its tables, its size where it tells it. */
  measure(): Promise<DatabaseFacts>;
  /** The place where the servers of the database keep stored files: the given one, where none is recorded yet. */
  ensureFilesPlace(own: FilesPlace): Promise<FilesPlace>;
  /** Records another place; false where somebody else has done so meanwhile. */
  moveFilesPlace(move: FilesMove): Promise<boolean>;
  /** For repositories of other rooms (`store/sql.ts`). */
  readonly scope: InstallationScope;
  /** Throws HR_NOT_FOUND, or HR_CONFLICT where the name is taken. */
  renameProject(id: string, name: string, wish: Wish): Promise<ProjectRecord>;
  /**
   * Removes a project with everything that is recorded of it. Throws HR_NOT_FOUND, and HR_CONFLICT while a run of it
   * has not ended.
   */
  removeProject(id: string, wish: Wish): Promise<void>;
}

/** Writes through a connection that can, also where the database was opened for reading. */
export type WriteThrough = <T>(work: (transaction: Transaction) => Promise<T>) => Promise<T>;

export function installationStore(database: Database, write: WriteThrough): InstallationStore {
  /** A project of an early schema gets its id when it is first looked at. */
  const withId = async (found: FoundProject): Promise<ProjectRecord> =>
    found.id === undefined ? write((transaction) => giveId(transaction, found)) : { ...found, id: found.id };
  return {
    listProjects: async () => Promise.all((await listProjects(database)).map(withId)),
    findProject: async (ref) => {
      const found = await findProject(database, ref);
      return found && withId(found);
    },
    findProjectOf: (kind, id) => findProjectOf(database, kind, id),
    createProject: (project, wish) => write((transaction) => createProject(transaction, project, wish)),
    ensureProject: async (wanted) => {
      const found = await findWanted(database, wanted);
      if (found?.id !== undefined) return { ...found, id: found.id };
      return write((transaction) => ensureProject(transaction, wanted, Date.now()));
    },
    renameProject: (id, name, wish) => write((transaction) => renameProject(transaction, { id, name }, wish)),
    removeProject: (id, wish) => write((transaction) => removeProject(transaction, id, wish)),
    audit: auditLog(database),
    countWork: () => countWork(database),
    measure: () => measureDatabase(database),
    ensureFilesPlace: async (own) =>
      (await findFilesPlace(database)) ?? (await write((transaction) => recordFilesPlace(transaction, own))),
    moveFilesPlace: (move) => write((transaction) => moveFilesPlace(transaction, move)),
    scope: {
      database,
      change: (work) =>
        write((queries) =>
          work({ queries, audit: (entry, project) => recordInstallationAudit(queries, entry, project) }),
        ),
    },
  };
}
