import { randomUUID } from "node:crypto";
import { HeadraceError } from "../../errors.ts";
import { type Queries, statement, type Transaction } from "../database.ts";
import type { Wish } from "../project/requests.ts";
import { recordInstallationAudit } from "./audit.ts";
import type { NewProject, ProjectRecord, WantedProject } from "./project-record.ts";

interface ProjectRow {
  readonly key: number;
  /** Null in a database of an early schema, until the project is opened. */
  readonly id: string | null;
  readonly name: string;
  readonly created_at: number;
}

/** A project as it stands; its id may have to be given yet. */
export type FoundProject = Omit<ProjectRecord, "id"> & { readonly id: string | undefined };

const COLUMNS = "key, id, name, created_at";

const selectProject = statement<{ ref: string }, ProjectRow>(
  `select ${COLUMNS} from projects where id = :ref or name = :ref`,
);

const selectByName = statement<{ name: string }, ProjectRow>(`select ${COLUMNS} from projects where name = :name`);

const selectFirstTwo = statement<Record<string, never>, ProjectRow>(
  `select ${COLUMNS} from projects order by key limit 2`,
);

const selectAll = statement<Record<string, never>, ProjectRow>(`select ${COLUMNS} from projects order by name`);

const insertProject = statement<{ id: string; name: string; at: number }>(`
  insert into projects (id, name, created_as, next_number, created_at) values (:id, :name, :name, 1, :at) on conflict do nothing`);

const updateId = statement<{ key: number; id: string }>("update projects set id = :id where key = :key and id is null");

const updateName = statement<{ id: string; name: string }>("update projects set name = :name where id = :id");

/**
 * The counter of runs and executions, taken within the caller's transaction, so that a number is never given twice and
 * none is lost.
 */
const takeNumber = statement<{ project: number }, { number: number }>(`
  update projects set next_number = next_number + 1 where key = :project returning next_number - 1 as number`);

/** By id or name. */
export async function findProject(queries: Queries, ref: string): Promise<FoundProject | undefined> {
  const rows = await queries.all(selectProject, { ref });
  // One project may be called as another one's id is.
  const row = rows.find(({ id }) => id === ref) ?? rows[0];
  return row && toFound(row);
}

export async function findWanted(queries: Queries, { name, orOnly }: WantedProject): Promise<FoundProject | undefined> {
  const named = await queries.get(selectByName, { name });
  if (named !== undefined || orOnly !== true) return named && toFound(named);
  const [only, another] = await queries.all(selectFirstTwo, {});
  return only === undefined || another !== undefined ? undefined : toFound(only);
}

export async function listProjects(queries: Queries): Promise<readonly FoundProject[]> {
  return (await queries.all(selectAll, {})).map(toFound);
}

/** The project of this name, made where it is not there; one that has no id yet gets the given one. */
export async function ensureProject(
  transaction: Transaction,
  wanted: WantedProject,
  at: number,
): Promise<ProjectRecord> {
  const existing = await findWanted(transaction, wanted);
  if (existing !== undefined) return giveId(transaction, existing, wanted.id);
  await transaction.run(insertProject, { id: wanted.id ?? randomUUID(), name: wanted.name, at });
  const added = await findWanted(transaction, wanted);
  if (added === undefined) throw takenId(wanted);
  return giveId(transaction, added, wanted.id);
}

/** Throws HR_CONFLICT where the name or the id is taken. */
export async function createProject(
  transaction: Transaction,
  project: NewProject,
  { actor, at }: Wish,
): Promise<ProjectRecord> {
  const id = project.id ?? randomUUID();
  const added = await transaction.run(insertProject, { id, name: project.name, at });
  if (added === 0)
    throw (await findWanted(transaction, project)) === undefined ? takenId(project) : takenName(project.name);
  const created = await findProject(transaction, id);
  if (created === undefined) throw new Error(`project ${project.name} was added and is not there`);
  const entry = {
    at,
    actor,
    action: "project.create",
    subject: { kind: "project", id },
    detail: { name: project.name },
  };
  await recordInstallationAudit(transaction, entry, id);
  return { ...created, id };
}

export async function giveId(
  transaction: Transaction,
  project: FoundProject,
  id: string = randomUUID(),
): Promise<ProjectRecord> {
  if (project.id !== undefined) return { ...project, id: project.id };
  if ((await findProject(transaction, id))?.id === id) return giveId(transaction, project);
  await transaction.run(updateId, { key: project.key, id });
  const found = await findWanted(transaction, { name: project.name });
  return { ...project, id: found?.id ?? id };
}

/** Throws HR_NOT_FOUND, or HR_CONFLICT where the name is taken. */
export async function renameProject(
  transaction: Transaction,
  { id, name }: { readonly id: string; readonly name: string },
  { actor, at }: Wish,
): Promise<ProjectRecord> {
  const former = await findProject(transaction, id);
  const holder = await findWanted(transaction, { name });
  if (holder !== undefined && holder.id !== id) throw takenName(name);
  if (former === undefined || (await transaction.run(updateName, { id, name })) === 0) throw unknownProject(id);
  const entry = {
    at,
    actor,
    action: "project.rename",
    subject: { kind: "project", id },
    detail: { from: former.name, to: name },
  };
  await recordInstallationAudit(transaction, entry, id);
  return { ...former, id, name };
}

export function unknownProject(ref: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `the database has no project “${ref}”`, {
    hint: "check the database and the project's name",
  });
}

export async function nextNumber(queries: Queries, project: number): Promise<number> {
  const taken = await queries.get(takeNumber, { project });
  if (taken === undefined) throw new Error(`project ${project} has gone`);
  return taken.number;
}

function takenName(name: string): HeadraceError {
  return new HeadraceError("HR_CONFLICT", `the database has a project “${name}” already`, {
    hint: "choose another name",
  });
}

function takenId({ id, name }: NewProject): HeadraceError {
  return new HeadraceError("HR_CONFLICT", `the id ${id} belongs to another project than “${name}”`, {
    hint: "leave the id out",
  });
}

function toFound({ key, id, name, created_at: createdAt }: ProjectRow): FoundProject {
  return { key, id: id ?? undefined, name, createdAt };
}
