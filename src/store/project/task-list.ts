import { type Queries, statement } from "../database.ts";
import type { NodeRecord } from "../records.ts";

/** The tasks that a list has. */
export interface TaskFilter {
  readonly states?: readonly NodeRecord["state"][];
  /** Numbers of their runs. */
  readonly runs?: readonly number[];
  readonly actor?: string;
  readonly direction?: "ascending" | "descending";
}

/** A task by its run and its node. */
export interface ListedTask {
  readonly runId: string;
  readonly node: string;
}

type Parameters = { project: number; states: string; runs: string; actor: string };

/** Lists are handed over as one text, `|a|b|`: the databases have none in common. */
const TASKS = `
  from (select distinct run_key, node from node_executions where trial = 1) as task
  join runs on runs.key = task.run_key
  join nodes on nodes.run_key = task.run_key and nodes.name = task.node
  where runs.project_key = :project
    and (:states = '' or replace(:states, '|' || nodes.state || '|', '|') <> :states)
    and (:runs = '' or replace(:runs, '|' || runs.number || '|', '|') <> :runs)
    and (:actor = '' or runs.actor = :actor)`;

const countTasks = statement<Parameters, { count: number }>(`select count(*) as count ${TASKS}`);

const select = (direction: "asc" | "desc") =>
  statement<Parameters & { limit: number; offset: number }, { id: string; node: string }>(`
    select runs.id, task.node ${TASKS}
    order by runs.number ${direction}, nodes.position ${direction} limit :limit offset :offset`);
const selectAscending = select("asc");
const selectDescending = select("desc");

/** A page of the tasks of a project that have begun, and the number of all. */
export async function listTasks(
  queries: Queries,
  project: number,
  { states, runs, actor, direction = "descending" }: TaskFilter,
  span: { readonly offset: number; readonly limit: number },
): Promise<{ readonly items: readonly ListedTask[]; readonly count: number }> {
  const of = { project, states: textOf(states), runs: textOf(runs), actor: actor ?? "" };
  const [rows, counted] = await Promise.all([
    queries.all(direction === "ascending" ? selectAscending : selectDescending, { ...of, ...span }),
    queries.get(countTasks, of),
  ]);
  return { items: rows.map(({ id, node }) => ({ runId: id, node })), count: Number(counted?.count ?? 0) };
}

/** No list is no filter; an empty one lets nothing through. */
function textOf(values: readonly (string | number)[] | undefined): string {
  if (values === undefined) return "";
  return values.length === 0 ? "||" : `|${values.join("||")}|`;
}
