import { HeadraceError } from "../../errors.ts";
import { type Expression, evaluate, namesOf, parseExpression } from "../../expressions/index.ts";
import type { ValueCondition } from "../../store/index.ts";
import { type ListRow, valueNamed } from "./list-row.ts";
import { valueConditions } from "./value-conditions.ts";

/** The condition that the rows of a list have to meet. */
export interface Condition {
  /** Names of the values that it asks for. */
  readonly names: ReadonlySet<string>;
  /** The values of every row that meets it, as the records' index can tell: rows that lack them need not be read. */
  readonly values: readonly ValueCondition[];
  isMetBy(row: ListRow): boolean;
}

/**
 * Reads the condition of a list, an expression over names as `valueNamed` knows them. Throws HR_USAGE that says where
 * it cannot be read.
 */
export function readCondition(text: string, facts: readonly string[]): Condition {
  const parsed = parseExpression(text);
  if (!parsed.ok) {
    throw new HeadraceError("HR_USAGE", `the condition ${JSON.stringify(text)} cannot be read: ${parsed.message}`, {
      hint: ["write for example ", { do: "set", option: "where", value: "'depth > 3 and auc >= 0.7'" }],
    });
  }
  const { expression } = parsed;
  return {
    names: namesIn(expression),
    values: valueConditions(expression, facts),
    isMetBy: (row) => meets(row, expression),
  };
}

/**
 * Returns true if a row meets a condition. One that names a value which the row lacks, or that cannot be decided, is
 * not met.
 */
function meets(row: ListRow, condition: Expression): boolean {
  const result = evaluate(condition, namesFor(row, condition));
  return result.ok && result.truthy;
}

/** A record with the values that the expression names, under their whole names: the language finds these first. */
function namesFor(row: ListRow, condition: Expression): Readonly<Record<string, unknown>> {
  const values = [...namesIn(condition)].map((name) => [name, valueNamed(row, name)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function namesIn(expression: Expression): ReadonlySet<string> {
  return new Set(namesOf(expression).map(({ name }) => name));
}
