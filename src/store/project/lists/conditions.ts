import type { SqlParameters } from "../../database.ts";
import { STANDS_BEHIND } from "../execution-keys.ts";
import type { ValueCondition, ValueName, ValueOperator } from "./list-query.ts";

/**
 * Conditions of lists as SQL. Texts of a request reach a statement as parameters only; operators, states and columns
 * come from literal tables, so that whatever a caller hands over ends here.
 */

/** The row that a condition is about, as the statement around it names it. */
export interface RowNames {
  /** Its key. */
  readonly key: string;
  column(name: "created_at" | "node" | "run_key" | "number" | "kind" | "actor"): string;
}

export interface Condition {
  sql(row: RowNames): string;
  readonly parameters: SqlParameters;
  /** `select … as key`: the keys of all rows that meet it, through an index; absent where there is none. */
  readonly keys?: string;
}

const OPERATORS: Readonly<Record<ValueOperator, string>> = {
  "=": "=",
  "!=": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};

/** On the values of an execution; `index` keeps the parameters of several apart. */
export function valueOfExecution(condition: ValueCondition, index: number): Condition {
  const { named, values, parameters } = valueWhere(condition, `v${index}`);
  return {
    parameters,
    sql: ({ key, column }) => {
      const own = condition.node === undefined ? "" : ` and ${column("node")} = :v${index}node`;
      return `exists (select 1 from execution_values as v where v.execution_key = ${key} and ${named} and (${values.join(" or ")}))${own}`;
    },
    ...keysOf(
      condition,
      values.map(
        (value) =>
          `select v.execution_key as key from execution_values as v where v.project_key = :project and ${named} and ${value}`,
      ),
    ),
  };
}

/** On the values behind some node of a run. */
export function valueOfRun(condition: ValueCondition, index: number): Condition {
  const { named, values, parameters } = valueWhere(condition, `v${index}`);
  const node = condition.node === undefined ? "" : ` and behind.node = :v${index}node`;
  return {
    parameters,
    sql: ({ key }) =>
      `exists (select 1 from node_executions as behind join execution_values as v on v.execution_key = behind.execution_key
        where behind.run_key = ${key} and ${named} and (${values.join(" or ")})${node} and ${STANDS_BEHIND})`,
    ...keysOf(
      condition,
      values.map(
        (value) =>
          `select behind.run_key as key from execution_values as v join node_executions as behind on behind.execution_key = v.execution_key
            where v.project_key = :project and ${named} and ${value}${node} and ${STANDS_BEHIND}`,
      ),
    ),
  };
}

/** Each alternative by the index of its column. It does not look for a value that many rows lack. */
function keysOf({ operator }: ValueCondition, alternatives: readonly string[]): Pick<Condition, "keys"> {
  return operator === "!=" ? {} : { keys: alternatives.join(" union all ") };
}

interface ValueWhere {
  /** The row of the name. */
  readonly named: string;
  /** The value that it has: one of these. */
  readonly values: readonly string[];
  readonly parameters: SqlParameters;
}

function valueWhere(condition: ValueCondition, prefix: string): ValueWhere {
  const { operator, value, node } = condition;
  if (!Object.hasOwn(OPERATORS, operator)) throw new TypeError(`${JSON.stringify(operator)} is no operator of a list`);
  const column = typeof value === "number" ? "value" : "text";
  return {
    named: `v.name = :${prefix}name and ${ofOrigin(condition)}`,
    values: [`v.${column} ${OPERATORS[operator]} :${prefix}value`, ...booleansOf(condition)],
    parameters: {
      [`${prefix}name`]: condition.name,
      [`${prefix}value`]: value,
      ...(node === undefined ? {} : { [`${prefix}node`]: node }),
    },
  };
}

function booleansOf({ operator, value, countsBooleans }: ValueCondition): readonly string[] {
  if (countsBooleans !== true || typeof value !== "number") return [];
  return [
    ...(COMPARISONS[operator](1, value) ? ["v.text = 'true'"] : []),
    ...(COMPARISONS[operator](0, value) ? ["v.text = 'false'"] : []),
  ];
}

const COMPARISONS: Readonly<Record<ValueOperator, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Selects one of the two values of a name; without an origin, the one that nothing hides. */
export function ofOrigin({ origin }: ValueName): string {
  switch (origin) {
    case "parameter":
      return "v.origin = 0";
    case "metadata":
      return "v.origin = 1";
    default:
      return "v.hidden = 0";
  }
}

export function tagOfRun(tag: string, index: number): Condition {
  return {
    parameters: { [`tag${index}`]: tag },
    sql: ({ key }) => `exists (select 1 from run_tags as t where t.run_key = ${key} and t.tag = :tag${index})`,
    keys: `select run_key as key from run_tags where project_key = :project and tag = :tag${index}`,
  };
}

export function tagOfExecution(tag: string, index: number): Condition {
  return {
    parameters: { [`tag${index}`]: tag },
    sql: ({ column }) =>
      `exists (select 1 from run_tags as t where t.run_key = ${column("run_key")} and t.tag = :tag${index})`,
    keys: `select executions.key from run_tags cross join executions
      where run_tags.project_key = :project and run_tags.tag = :tag${index} and executions.run_key = run_tags.run_key`,
  };
}

export function runNameOfExecution(name: string): Condition {
  return {
    parameters: { runName: name },
    sql: ({ column }) => `exists (select 1 from runs where runs.key = ${column("run_key")} and runs.name = :runName)`,
    keys: `select executions.key from runs cross join executions
      where runs.project_key = :project and runs.name = :runName and executions.run_key = runs.key`,
  };
}

/** Each is a whole number: they stand in the statement, however many there are. */
export function numberAmong(table: "runs" | "executions", numbers: readonly number[]): Condition {
  const all = numbers.filter((number) => Number.isSafeInteger(number)).join(", ") || "null";
  return {
    parameters: {},
    sql: ({ column }) => `${column("number")} in (${all})`,
    keys: `select key from ${table} where project_key = :project and number in (${all})`,
  };
}

export function kindOfRun(kind: "step" | "pipeline" | "task"): Condition {
  return {
    parameters: { kind },
    sql: ({ column }) => `${column("kind")} = :kind`,
    ...(kind === "pipeline" && { keys: "select key from runs where project_key = :project and kind = 'pipeline'" }),
  };
}

export function actorOfRun(actor: string): Condition {
  return { parameters: { actor }, sql: ({ column }) => `${column("actor")} = :actor` };
}

export function actorOfExecution(actor: string): Condition {
  return {
    parameters: { actor },
    sql: ({ column }) => `exists (select 1 from runs where runs.key = ${column("run_key")} and runs.actor = :actor)`,
  };
}

export function nodeOfExecution(node: string): Condition {
  return { parameters: { node }, sql: ({ column }) => `${column("node")} = :node` };
}

/** Numbers narrow a list by time as well (see `numbersBetween`); this is exact. */
export function createdBetween(since: number | undefined, until: number | undefined): readonly Condition[] {
  return [
    ...(since === undefined
      ? []
      : [{ parameters: { since }, sql: ({ column }: RowNames) => `${column("created_at")} >= :since` }]),
    ...(until === undefined
      ? []
      : [{ parameters: { until }, sql: ({ column }: RowNames) => `${column("created_at")} < :until` }]),
  ];
}
