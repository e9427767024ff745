import type { Database, Transaction } from "../database.ts";
import type { Wish } from "../project/requests.ts";
import { type AuditLog, auditLog } from "./audit.ts";
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

/** What stands above projects. A view of the database, which alone is closed. */
export interface InstallationStore {
  /** By name. */
  listProjects(): Promise<readonly ProjectRecord[]>;
  /** By id or name. */
  findProject(ref: string): Promise<ProjectRecord | undefined>;
  /** Throws HR_CONFLICT where the name or the id is taken. */
  createProject(project: NewProject, wish: Wish): Promise<ProjectRecord>;
  /** The project of this name, made where it is not there. In a database that is up to date this is one small read. */
  ensureProject(wanted: WantedProject): Promise<ProjectRecord>;
  /** Who wanted which change, in all projects. */
  readonly audit: AuditLog;
  /** Throws HR_NOT_FOUND, or HR_CONFLICT where the name is taken. */
  renameProject(id: string, name: string, wish: Wish): Promise<ProjectRecord>;
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
    createProject: (project, wish) => write((transaction) => createProject(transaction, project, wish)),
    ensureProject: async (wanted) => {
      const found = await findWanted(database, wanted);
      if (found?.id !== undefined) return { ...found, id: found.id };
      return write((transaction) => ensureProject(transaction, wanted, Date.now()));
    },
    renameProject: (id, name, wish) => write((transaction) => renameProject(transaction, { id, name }, wish)),
    audit: auditLog(database),
  };
}
