import { type Database, type Queries, statement } from "./database.ts";

const selectByName = statement<{ name: string }, { key: number }>("select key from projects where name = :name");
const selectOnly = statement<Record<string, never>, { key: number }>("select key from projects order by key limit 1");
const insertProject = statement<{ name: string; at: number }>(`
  insert into projects (name, next_number, created_at) values (:name, 1, :at) on conflict (name) do nothing`);

/** The counter of runs and executions, taken within the caller's transaction, so that a number is never given twice and none is lost. */
const takeNumber = statement<{ project: number }, { number: number }>(`
  update projects set next_number = next_number + 1 where key = :project returning next_number - 1 as number`);

export async function findProject(database: Database, name: string): Promise<number | undefined> {
  return (await select(database, database, name))?.key;
}

export function addProject(database: Database, name: string): Promise<number> {
  return database.transaction("immediate", async (transaction) => {
    const existing = await select(database, transaction, name);
    if (existing !== undefined) return existing.key;
    await transaction.run(insertProject, { name, at: Date.now() });
    const added = await select(database, transaction, name);
    if (added === undefined) throw new Error(`project ${name} was added and is not there`);
    return added.key;
  });
}

export async function nextNumber(queries: Queries, project: number): Promise<number> {
  const taken = await queries.get(takeNumber, { project });
  if (taken === undefined) throw new Error(`project ${project} has gone`);
  return taken.number;
}

function select(database: Database, queries: Queries, name: string): Promise<{ key: number } | undefined> {
  return database.dialect.singleProject ? queries.get(selectOnly, {}) : queries.get(selectByName, { name });
}
