import { type Queries, statement } from "../database.ts";

/** The amount of work in each state, over all projects. */
export interface WorkCounts {
  readonly runs: Readonly<Record<string, number>>;
  readonly executions: Readonly<Record<string, number>>;
  /** The moment at which the oldest execution was made that still waits for an engine; milliseconds since the epoch. */
  readonly oldestQueuedAt?: number;
}

/** States that end: what has ended is not counted, since it only grows and is costly to count. */
const OPEN = ["created", "queued", "started", "stopping"];
const IS_OPEN = `state in (${OPEN.map((state) => `'${state}'`).join(", ")})`;

// By project, so that each database goes through its index of states.
const ofTable = (table: "runs" | "executions") =>
  statement<Record<string, never>, { state: string; count: number }>(`
  select ${table}.state, count(*) as count from projects
  join ${table} on ${table}.project_key = projects.key and ${table}.${IS_OPEN}
  group by ${table}.state`);
const countRuns = ofTable("runs");
const countExecutions = ofTable("executions");

const selectOldest = statement<Record<string, never>, { at: number | null }>(`
  select min(executions.created_at) as at from projects
  join executions on executions.project_key = projects.key and executions.state = 'queued'`);

export async function countWork(queries: Queries): Promise<WorkCounts> {
  const [runs, executions, oldest] = await Promise.all([
    queries.all(countRuns, {}),
    queries.all(countExecutions, {}),
    queries.get(selectOldest, {}),
  ]);
  const at = oldest?.at ?? undefined;
  return { runs: byState(runs), executions: byState(executions), ...(at === undefined ? {} : { oldestQueuedAt: at }) };
}

/** Each open state, also where it has none: a series that comes and goes cannot be told from one that is lost. */
function byState(rows: readonly { readonly state: string; readonly count: number }[]): Record<string, number> {
  const counts = new Map(rows.map(({ state, count }) => [state, Number(count)]));
  return Object.fromEntries(OPEN.map((state) => [state, counts.get(state) ?? 0]));
}
