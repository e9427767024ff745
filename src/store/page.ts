import type { RunState } from "./records.ts";

/**
 * A page's states stand in its statement as literals, since each is a range of its own. Their text comes from this
 * table and never from the caller: a state that a request brings unchecked ends here, and not in the SQL.
 */
const STATE_LITERALS: Readonly<Record<RunState, string>> = {
  created: "'created'",
  queued: "'queued'",
  started: "'started'",
  stopping: "'stopping'",
  complete: "'complete'",
  error: "'error'",
  stopped: "'stopped'",
};
const ALL_STATES = Object.keys(STATE_LITERALS) as readonly RunState[];

/**
 * A page of numbers between `:above` and `:below`, out of an index that ends in `(…, state, number)`. `state in (…)
 * order by number` would make the database sort everything that matches, or walk everything that does not; one range
 * per state, each cut at the limit, reads seven short ranges at most, however large the table is.
 */
export function pageOfNumbers(page: {
  readonly table: "runs" | "run_tags" | "executions";
  /**
   * The conditions on the columns before `state` in the index, e.g. `project_key = :project`, and further conditions on
   * a row.
   */
  readonly where: readonly string[];
  readonly states: readonly RunState[] | undefined;
  readonly direction: "asc" | "desc";
}): string {
  const order = `order by number ${page.direction} limit :limit`;
  const ranges = [...new Set(page.states ?? ALL_STATES)].map((state) => {
    const where = [...page.where, `state = ${literalOf(state)}`, "number > :above", "number < :below"].join(" and ");
    return `select number from (select number from ${page.table} where ${where} ${order}) as ${state}_numbers`;
  });
  return `select number from (${ranges.join(" union all ")}) as numbers ${order}`;
}

/** The same as a condition on a column; none where every state is meant. */
export function stateIn(column: string, states: readonly RunState[] | undefined): readonly string[] {
  return states === undefined ? [] : [`${column} in (${[...new Set(states)].map(literalOf).join(", ")})`];
}

/** For a page that starts at the newest. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER;

function literalOf(state: RunState): string {
  if (!Object.hasOwn(STATE_LITERALS, state)) throw new TypeError(`${JSON.stringify(state)} is not a state of a run`);
  return STATE_LITERALS[state];
}
