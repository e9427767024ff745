import type { RunState } from "./records.ts";

const ALL_STATES: readonly RunState[] = ["created", "queued", "started", "stopping", "complete", "error", "stopped"];

/**
 * A page of numbers, newest first, out of an index that ends in `(…, state, number)`.
 * `state in (…) order by number` would make the database sort everything that matches, or walk everything that does not;
 * one range per state, each cut at the limit, reads seven short ranges at most, however large the table is.
 */
export function pageOfNumbers(page: {
  readonly table: string;
  /** What precedes `state` in the index, e.g. `project_key = :project`, and conditions that the index covers. */
  readonly where: readonly string[];
  readonly states: readonly RunState[] | undefined;
}): string {
  const ranges = [...new Set(page.states ?? ALL_STATES)].map((state) => {
    const where = [...page.where, `state = '${state}'`, "number < :before"].join(" and ");
    return `select number from (select number from ${page.table} where ${where} order by number desc limit :limit) as ${state}_numbers`;
  });
  return `select number from (${ranges.join(" union all ")}) as numbers order by number desc limit :limit`;
}

/** For a page that starts at the newest. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER;
