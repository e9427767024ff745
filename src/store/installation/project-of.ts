import { type Queries, statement } from "../database.ts";

/** The kinds of objects whose id is enough to find them, in any project. */
export type OwnedKind = "execution" | "run" | "datum";

const SELECT = {
  execution: statement<{ id: string }, { project: string | null }>(`
    select projects.id as project from executions join projects on projects.key = executions.project_key
    where executions.id = :id
    union all
    select projects.id as project from runs join projects on projects.key = runs.project_key
    where promised_id = :id`),
  run: statement<{ id: string }, { project: string | null }>(`
    select projects.id as project from runs join projects on projects.key = runs.project_key where runs.id = :id`),
  datum: statement<{ id: string }, { project: string | null }>(`
    select projects.id as project from datums join projects on projects.key = datums.project_key
    where datums.id = :id`),
} as const satisfies Record<OwnedKind, unknown>;

/** The id of the project that it belongs to. */
export async function findProjectOf(queries: Queries, kind: OwnedKind, id: string): Promise<string | undefined> {
  return (await queries.get(SELECT[kind], { id }))?.project ?? undefined;
}
