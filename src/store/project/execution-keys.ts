/*
 * Whose rows a statement reads that asks for executions by their ids. The project is checked here: where it stood beside the keys, SQLite
 * would take its index, and walk through all executions of the project.
 */

/**
 * Checks the project of an execution that an id names. An expression has no index: PostgreSQL, which knows nothing of a new table until
 * autovacuum has counted it, would otherwise walk through all executions of the project for one.
 */
export const OF_PROJECT = "project_key + 0 = :project";

/** The same for the state of one that an id names: the index of the queue would be walked through for it. */
export const IS_QUEUED = "state || '' = 'queued'";

const ID_LENGTH = 36;

/**
 * Begins a statement about executions whose ids stand one after the other in `:ids`: all have one length, and to cut them apart is the same
 * in both databases, which lists of parameters and JSON are not.
 */
export const KEYS = keysOf("executions");

/** The same for runs. */
export const RUN_KEYS = keysOf("runs");

function keysOf(table: "executions" | "runs"): string {
  return `
  with recursive ids (id, rest) as (
    select '', cast(:ids as text)
    union all
    select substr(rest, 1, ${ID_LENGTH}), substr(rest, ${ID_LENGTH + 1}) from ids where rest <> ''
  ),
  keys (key) as (select (select key from ${table} where ${table}.id = ids.id and ${OF_PROJECT}) from ids)`;
}

/** Ids as `KEYS` takes them. */
export function joinIds(ids: Iterable<string>): string {
  return [...ids].filter((id) => id.length === ID_LENGTH).join("");
}

/** Of the executions that stand behind a run's nodes. */
export const KEYS_OF_NODES = `
  select execution_key from nodes where run_key = (select key from runs where id = :runId and project_key = :project)`;
