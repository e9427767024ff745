import type { SqlParameters } from "../../database.ts";
import { ofOrigin } from "./conditions.ts";
import type { Sort, ValueName } from "./list-query.ts";

export type ListedTable = "runs" | "executions";

/** The order of a list: sections one after the other, each in the order of one column, then of the numbers. */
export interface Order {
  /** Stands in cursors, so that none is used with another order. */
  readonly id: string;
  readonly direction: "asc" | "desc";
  readonly sections: readonly Section[];
  readonly parameters: SqlParameters;
}

export type Section =
  /** By number. `condition`: what the rows of the section have in common. */
  | { readonly kind: "number"; readonly condition?: string }
  /** By an expression over the row that has an index. */
  | { readonly kind: "column"; readonly expression: string; readonly condition: string }
  /** By a value of the execution. */
  | { readonly kind: "value"; readonly column: "value" | "text"; readonly condition: string };

const NEWEST_FIRST = { by: "number", direction: "descending" } as const;

/** Rows that lack what the list is sorted by come last, whichever way the order goes. Numbers stand before texts. */
export function orderOf(table: ListedTable, sort: Sort<"number" | "duration" | ValueName> = NEWEST_FIRST): Order {
  const direction = sort.direction === "ascending" ? "asc" : "desc";
  if (sort.by === "number")
    return { id: `number ${direction}`, direction, sections: [{ kind: "number" }], parameters: {} };
  if (sort.by === "duration") {
    const [expression, condition] = [
      `${table}.finished_at - ${table}.started_at`,
      `${table}.finished_at is not null and ${table}.started_at is not null`,
    ];
    return {
      id: `duration ${direction}`,
      direction,
      sections: [
        { kind: "column", expression, condition },
        { kind: "number", condition: `not (${condition})` },
      ],
      parameters: {},
    };
  }
  if (typeof sort.by === "string") throw new TypeError(`${JSON.stringify(sort.by)} is no order of a list`);
  const { name, origin = "" } = sort.by;
  const named = `v.name = :sortName and ${ofOrigin(sort.by)}`;
  const has = `exists (select 1 from execution_values as v where v.execution_key = executions.key and ${named})`;
  return {
    id: `value ${direction} ${origin} ${name}`,
    direction,
    sections: [
      { kind: "value", column: "value", condition: named },
      { kind: "value", column: "text", condition: named },
      { kind: "number", condition: `not ${has}` },
    ],
    parameters: { sortName: name },
  };
}
