import { type Queries, statement } from "../../database.ts";

export interface Numbers {
  readonly first: number;
  readonly last: number;
}

/** The clocks of two machines of a project may lie so far apart without a row being left out. */
const CLOCK_SKEW_MS = 24 * 3_600_000;

interface Created {
  readonly number: number;
  readonly created_at: number;
}

const SELECT_FROM = {
  runs: "select number, created_at from runs where project_key = :project and number >= :number order by number limit 1",
  executions:
    "select number, created_at from executions where project_key = :project and number >= :number order by number limit 1",
} as const;

const SELECT_LAST = {
  runs: "select number, created_at from runs where project_key = :project order by number desc limit 1",
  executions: "select number, created_at from executions where project_key = :project order by number desc limit 1",
} as const;

/**
 * The numbers that rows of a time can have. Numbers grow with time, but for the clocks of machines, so that they are
 * found by halving: twenty short questions among a million rows, and no index that each new row would have to keep.
 */
export async function numbersBetween(
  queries: Queries,
  project: number,
  table: keyof typeof SELECT_FROM,
  {
    below,
    since,
    until,
  }: { readonly below?: number | undefined; readonly since?: number | undefined; readonly until?: number | undefined },
): Promise<Numbers> {
  const all = { first: 0, last: below ?? Number.MAX_SAFE_INTEGER };
  if (since === undefined && until === undefined) return all;
  const latest = await queries.get(statement<{ project: number }, Created>(SELECT_LAST[table]), { project });
  const end = latest?.number ?? 0;
  const select = statement<{ project: number; number: number }, Created>(SELECT_FROM[table]);
  const firstAt = async (moment: number): Promise<number> => {
    let [low, high] = [0, end + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = await queries.get(select, { project, number: middle });
      if (row === undefined || row.created_at >= moment) high = middle;
      else low = row.number + 1;
    }
    return low;
  };
  return {
    first: since === undefined ? all.first : await firstAt(since - CLOCK_SKEW_MS),
    last: until === undefined ? all.last : Math.min(all.last, await firstAt(until + CLOCK_SKEW_MS)),
  };
}
