import type { SqlParameters } from "../../database.ts";
import { ofOrigin } from "./conditions.ts";
import type { NodeValueName, Sort, ValueName } from "./list-query.ts";
import { lacksValue, type RunValueSection, runValueOf } from "./run-values.ts";

export type ListedTable = "runs" | "executions";

/** The order of a list: sections one after the other, each in the order of one column, then of the numbers. */
export interface Order {
  /** Stands in cursors, so that none is used with another order. */
  readonly id: string;
  readonly direction: "asc" | "desc";
  /** The direction of the numbers among rows that are equal. */
  readonly numbers: "asc" | "desc";
  readonly sections: readonly Section[];
  readonly parameters: SqlParameters;
}

export type Section =
  /** By number. `condition`: what the rows of the section have in common. */
  | { readonly kind: "number"; readonly condition?: string }
  /** By an expression over the row that has an index. */
  | { readonly kind: "column"; readonly expression: string; readonly condition: string }
  /** By a value of the execution. */
  | { readonly kind: "value"; readonly column: "value" | "text"; readonly condition: string }
  /** By a value of a node of the run. */
  | RunValueSection;

type SortBy = "number" | "duration" | ColumnOfRun | ValueName | readonly NodeValueName[];

/** Columns of runs that every run has. No index is in their order: all runs are sorted. */
const COLUMNS_OF_RUN = { name: "runs.name", state: "runs.state", title: "coalesce(runs.title, '')" } as const;

type ColumnOfRun = keyof typeof COLUMNS_OF_RUN;

const NEWEST_FIRST = { by: "number", direction: "descending" } as const;

/** Rows that lack what the list is sorted by come last, whichever way the order goes. Numbers stand before texts. */
export function orderOf(table: ListedTable, sort: Sort<SortBy> = NEWEST_FIRST): Order {
  const direction = sort.direction === "ascending" ? "asc" : "desc";
  if (sort.by === "number")
    return { id: `number ${direction}`, direction, numbers: direction, sections: [{ kind: "number" }], parameters: {} };
  if (sort.by === "duration") {
    const [expression, condition] = [
      `${table}.finished_at - ${table}.started_at`,
      `${table}.finished_at is not null and ${table}.started_at is not null`,
    ];
    return {
      id: `duration ${direction}`,
      direction,
      numbers: direction,
      sections: [
        { kind: "column", expression, condition },
        { kind: "number", condition: `not (${condition})` },
      ],
      parameters: {},
    };
  }
  if (typeof sort.by === "string") return orderOfColumn(table, sort.by, direction);
  if (isNodeValues(sort.by)) return orderOfRunValue(sort.by, direction);
  return orderOfValue(sort.by, direction);
}

function isNodeValues(by: ValueName | readonly NodeValueName[]): by is readonly NodeValueName[] {
  return Array.isArray(by);
}

function orderOfColumn(table: ListedTable, by: ColumnOfRun, direction: Order["direction"]): Order {
  if (table !== "runs" || !Object.hasOwn(COLUMNS_OF_RUN, by))
    throw new TypeError(`${JSON.stringify(by)} is no order of a list`);
  const expression = COLUMNS_OF_RUN[by];
  return {
    id: `${by} ${direction}`,
    direction,
    numbers: "desc",
    sections: [{ kind: "column", expression, condition: "1 = 1" }],
    parameters: {},
  };
}

function orderOfRunValue(names: readonly NodeValueName[], direction: Order["direction"]): Order {
  const value = runValueOf(names);
  return {
    id: `run value ${direction} ${JSON.stringify(names)}`,
    direction,
    numbers: "desc",
    sections: [
      { kind: "run-value", column: "value", value },
      { kind: "run-value", column: "text", value },
      { kind: "number", condition: lacksValue(value) },
    ],
    parameters: value.parameters,
  };
}

function orderOfValue(by: ValueName, direction: Order["direction"]): Order {
  const { name, origin = "" } = by;
  const named = `v.name = :sortName and ${ofOrigin(by)}`;
  const has = `exists (select 1 from execution_values as v where v.execution_key = executions.key and ${named})`;
  return {
    id: `value ${direction} ${origin} ${name}`,
    direction,
    numbers: direction,
    sections: [
      { kind: "value", column: "value", condition: named },
      { kind: "value", column: "text", condition: named },
      { kind: "number", condition: `not ${has}` },
    ],
    parameters: { sortName: name },
  };
}
