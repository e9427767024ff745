import type { SqlParameters } from "../../database.ts";
import { IS_LATEST } from "../execution-keys.ts";
import { ofOrigin } from "./conditions.ts";
import type { NodeValueName } from "./list-query.ts";
import type { Order } from "./order.ts";

/*
 * The value that a run is sorted by is that of the last node of its plan that has one. The index of values has them
 * by execution; walked in its order, an execution gives the runs of which its value is the one that counts.
 */

/** A reading of a name: a value of whichever node is last, or of one node. */
interface Reading {
  /** True for the rows of `alias` in execution_values that it means. */
  named(alias: string): string;
  /** Narrows the rows of `alias` in nodes. */
  ofNode(alias: string): string;
}

/** A name that can be read in several ways, such as `train.auc`; a reading counts if none before it gives a value. */
export interface RunValue {
  readonly readings: readonly Reading[];
  readonly parameters: SqlParameters;
}

export function runValueOf(names: readonly NodeValueName[]): RunValue {
  return {
    readings: names.map(({ node, ...name }, index) => ({
      named: (alias) => `${alias}.name = :sortName${index} and ${ofOrigin(name).replace("v.", `${alias}.`)}`,
      ofNode: (alias) => (node === undefined ? "" : ` and ${alias}.name = :sortNode${index}`),
    })),
    parameters: Object.fromEntries(
      names.flatMap(({ name, node }, index) => [
        [`sortName${index}`, name],
        ...(node === undefined ? [] : [[`sortNode${index}`, node]]),
      ]),
    ),
  };
}

export interface RunValueSection {
  readonly kind: "run-value";
  readonly column: "value" | "text";
  readonly value: RunValue;
}

/**
 * Runs in the order of a value, each once. All of them along the index of values, or a few, whose keys `few` has, by
 * looking at their nodes.
 */
export function runsByValue(
  { column, value }: RunValueSection,
  { direction, numbers }: Pick<Order, "direction" | "numbers">,
  { where, isAfter, isFew }: { readonly where: readonly string[]; readonly isAfter: boolean; readonly isFew: boolean },
): string {
  const sort = `v.${column}`;
  const own = [
    `v.project_key${isFew ? " + 0" : ""} = :project`,
    ...[`${sort} is not null`, ...(column === "text" ? [`${sort} <> 'NaN'`] : [])],
    ...(isFew ? ["runs.key = few.key"] : []),
    ...(isAfter ? behind(sort, "runs.number", { direction, numbers }) : []),
  ];
  const texts = value.readings.map(
    (reading) => `
      select runs.id as id, runs.number as number, ${sort} as sort from ${isFew ? BY_RUN : BY_VALUE}
      where ${[...own, ...decides(value, reading), ...where].join(" and ")}
      order by ${sort} ${direction}, runs.number ${numbers} limit :limit`,
  );
  const [only = "", ...others] = texts;
  if (others.length === 0) return only;
  const all = texts.map((text, index) => `select * from (${text}) as reading${index}`).join(" union all ");
  return `select id, number, sort from (${all}) as found order by sort ${direction}, number ${numbers} limit :limit`;
}

/** True for what follows the last row of a page. */
export function behind(
  sort: string,
  number: string,
  { direction, numbers }: Pick<Order, "direction" | "numbers">,
): readonly string[] {
  const [beyond, later] = [direction, numbers].map((way) => (way === "desc" ? "<" : ">"));
  if (direction === numbers) return [`(${sort}, ${number}) ${beyond} (:afterValue, :afterNumber)`];
  // The first of both is a place in the index.
  return [`${sort} ${beyond}= :afterValue`, `(${sort} ${beyond} :afterValue or ${number} ${later} :afterNumber)`];
}

const BY_VALUE = "execution_values as v cross join node_executions as behind cross join nodes cross join runs";
const BY_RUN =
  "few cross join runs cross join nodes cross join node_executions as behind cross join execution_values as v";

/** Joins, and takes the value `v` where it is the one that a run is sorted by. */
function decides(value: RunValue, reading: Reading): readonly string[] {
  const earlier = value.readings.slice(0, value.readings.indexOf(reading));
  return [
    reading.named("v"),
    "behind.execution_key = v.execution_key and behind.run_key = runs.key",
    `nodes.run_key = runs.key and nodes.run_key = behind.run_key and nodes.name = behind.node${reading.ofNode("nodes")}`,
    `(behind.role = 'attempt' and ${IS_LATEST} or behind.role = 'child' and nodes.best_key = v.execution_key and ${IS_FIRST_TWIN})`,
    `nodes.position = ${lastOf(reading, "position")}`,
    ...earlier.map((each) => `${lastOf(each, "position")} is null`),
  ];
}

/** True for runs without a value to be sorted by. "NaN" is none: it is never the best. */
export function lacksValue({ readings }: RunValue): string {
  const [last, ...rest] = readings.map((each) => lastOf(each, "text"));
  return `coalesce(${[last, ...rest, "'NaN'"].join(", ")}) = 'NaN'`;
}

/** The same trial may be there twice, where both were reused. */
const IS_FIRST_TWIN = `not exists (
    select 1 from node_executions as twin
    where twin.run_key = behind.run_key and twin.node = behind.node and twin.execution_key = behind.execution_key and twin.ordinal < behind.ordinal)`;

/** The last node of the run that has the value: its position, or the value as a text. Null where none has it. */
function lastOf(reading: Reading, what: "position" | "text"): string {
  return `(
    select ${what === "position" ? "n.position" : "coalesce(o.text, '')"}
    from nodes as n cross join execution_values as o
    where n.run_key = runs.key${reading.ofNode("n")} and o.execution_key = ${BEHIND_NODE} and ${reading.named("o")}
    order by n.position desc limit 1)`;
}

/** The execution that stands behind node `n`: its last attempt, or the best of its trials. */
const BEHIND_NODE = `coalesce((
      select case when one.role = 'attempt' then one.execution_key end from node_executions as one
      where one.run_key = n.run_key and one.node = n.name order by one.ordinal desc limit 1), n.best_key)`;
