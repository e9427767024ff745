/*
 * Limits a statement that asks for executions by their ids to the rows of one project. The project is checked here:
 * where it stood beside the keys, SQLite would take its index, and walk through all executions of the project.
 */

/**
 * Checks the project of an execution that an id names. An expression has no index: PostgreSQL, which knows nothing of a
 * new table until autovacuum has counted it, would otherwise walk through all executions of the project for one.
 */
export const OF_PROJECT = "project_key + 0 = :project";

/** The same for the state of one that an id names: the index of the queue would be walked through for it. */
export const IS_QUEUED = "state || '' = 'queued'";

/**
 * Begins a statement about things whose ids are the names in the JSON object `:ids`: both databases read its names
 * alike, which lists of parameters and JSON arrays they do not. To cut ids out of one text took time that grew with the
 * square of their number: 2 s for 5,000, which are 3 ms now.
 */
export const IDS = `
  with ids (id) as (select key from json_each(:ids))`;

/** The same for executions, by their keys. */
export const KEYS = keysOf("executions");

/** The same for runs. */
export const RUN_KEYS = keysOf("runs");

function keysOf(table: "executions" | "runs"): string {
  return `${IDS},
  keys (key) as (select (select key from ${table} where ${table}.id = ids.id and ${OF_PROJECT}) from ids)`;
}

/** Ids as `KEYS` takes them. */
export function joinIds(ids: Iterable<string>): string {
  return namesOf([...ids].filter((id) => id.length === ID_LENGTH));
}

const ID_LENGTH = 36;

/** A JSON object with these names, for `json_each`. */
export function namesOf(names: Iterable<string>): string {
  return jsonOf(Array.from(names, (name) => [name, 0]));
}

/**
 * A JSON object, for `json_each`; of names that are given twice the last counts. PostgreSQL refuses halves of surrogate
 * pairs and NUL in names. An object of JavaScript with these names takes three times as long, 8 ms for 1,000 nodes.
 */
export function jsonOf(entries: readonly (readonly [name: string, value: unknown])[]): string {
  const values = new Map(entries.map(([name, value]) => [storable(name), value]));
  return `{${Array.from(values, ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
}

/** A name as the databases keep it in plain text. */
export function storable(name: string): string {
  return name.toWellFormed().replaceAll("\0", "\uFFFD");
}

/**
 * True for the latest row `behind` of a node in node_executions: earlier attempts no longer stand behind their node.
 */
export const IS_LATEST = `not exists (
    select 1 from node_executions as later
    where later.run_key = behind.run_key and later.node = behind.node and later.ordinal > behind.ordinal)`;

/** True for the rows `behind` that stand behind their node: the last attempt, or all executions of a task. */
export const STANDS_BEHIND = `(behind.role = 'child' or ${IS_LATEST})`;

/** Goes on from `nodes`: the execution that stands behind each of them, where one alone does. */
export const BEHIND_NODES = `
  left join node_executions as behind on behind.run_key = nodes.run_key and behind.node = nodes.name and behind.role = 'attempt' and ${IS_LATEST}
  left join executions on executions.key = behind.execution_key`.trim();

/** The keys of the executions that stand behind a run's nodes. */
export const KEYS_OF_NODES = `
  select behind.execution_key from node_executions as behind
  where behind.run_key = (select key from runs where id = :runId and project_key = :project) and ${STANDS_BEHIND}`;
