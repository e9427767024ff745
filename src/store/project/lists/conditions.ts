import type { SqlParameters } from "../../database.ts";
import type { ValueCondition, ValueName, ValueOperator } from "./list-query.ts";

/**
 * Conditions of lists as SQL. Texts of a request reach a statement as parameters only; operators, states and columns come from literal
 * tables, so that whatever a caller hands over ends here.
 */

/** The row that a condition is about, as the statement around it names it. */
export interface RowNames {
  /** Its key. */
  readonly key: string;
  column(name: "created_at" | "node" | "run_key"): string;
}

export interface Condition {
  sql(row: RowNames): string;
  readonly parameters: SqlParameters;
  /** `select … as key`: the keys of all rows that meet it, through an index; absent where there is none. */
  readonly keys?: string;
}

const OPERATORS: Readonly<Record<ValueOperator, string>> = { "=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">=" };

/** On the values of an execution; `index` keeps the parameters of several apart. */
export function valueOfExecution(condition: ValueCondition, index: number): Condition {
  const { where, parameters } = valueWhere(condition, `v${index}`);
  return {
    parameters,
    sql: ({ key, column }) => {
      const own = condition.node === undefined ? "" : ` and ${column("node")} = :v${index}node`;
      return `exists (select 1 from execution_values as v where v.execution_key = ${key} and ${where})${own}`;
    },
    ...(condition.operator === "!="
      ? {}
      : { keys: `select v.execution_key as key from execution_values as v where v.project_key = :project and ${where}` }),
  };
}

/** On the values behind some node of a run. */
export function valueOfRun(condition: ValueCondition, index: number): Condition {
  const { where, parameters } = valueWhere(condition, `v${index}`);
  const node = condition.node === undefined ? "" : ` and nodes.name = :v${index}node`;
  return {
    parameters,
    sql: ({ key }) =>
      `exists (select 1 from nodes join execution_values as v on v.execution_key = nodes.execution_key where nodes.run_key = ${key} and ${where}${node})`,
    ...(condition.operator === "!="
      ? {}
      : {
          keys: `select nodes.run_key as key from execution_values as v join nodes on nodes.execution_key = v.execution_key where v.project_key = :project and ${where}${node}`,
        }),
  };
}

function valueWhere(condition: ValueCondition, prefix: string): { readonly where: string; readonly parameters: SqlParameters } {
  const { operator, value, node } = condition;
  if (!Object.hasOwn(OPERATORS, operator)) throw new TypeError(`${JSON.stringify(operator)} is no operator of a list`);
  const column = typeof value === "number" ? "value" : "text";
  return {
    where: `v.name = :${prefix}name and ${ofOrigin(condition)} and v.${column} ${OPERATORS[operator]} :${prefix}value`,
    parameters: {
      [`${prefix}name`]: condition.name,
      [`${prefix}value`]: value,
      ...(node === undefined ? {} : { [`${prefix}node`]: node }),
    },
  };
}

/** Which of the two values of a name is meant; without an origin, the one that nothing hides. */
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
    sql: ({ column }) => `exists (select 1 from run_tags as t where t.run_key = ${column("run_key")} and t.tag = :tag${index})`,
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

export function nodeOfExecution(node: string): Condition {
  return { parameters: { node }, sql: ({ column }) => `${column("node")} = :node` };
}

/** Numbers narrow a list by time as well (see `numbersBetween`); this is exact. */
export function createdBetween(since: number | undefined, until: number | undefined): readonly Condition[] {
  return [
    ...(since === undefined ? [] : [{ parameters: { since }, sql: ({ column }: RowNames) => `${column("created_at")} >= :since` }]),
    ...(until === undefined ? [] : [{ parameters: { until }, sql: ({ column }: RowNames) => `${column("created_at")} < :until` }]),
  ];
}
