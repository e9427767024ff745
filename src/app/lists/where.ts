import { HeadraceError } from "../../errors.ts";
import { type Expression, evaluate, parseExpression } from "../../expressions/index.ts";
import { type ListRow, valueNamed } from "./run-row.ts";

/** Reads the condition of a list, an expression over names as `valueNamed` knows them. Throws HR_USAGE that points at the place. */
export function parseWhere(text: string): Expression {
  const parsed = parseExpression(text);
  if (parsed.ok) return parsed.expression;
  throw new HeadraceError("HR_USAGE", `the condition ${JSON.stringify(text)} cannot be read: ${parsed.message}`, {
    hint: "write for example --where 'depth > 3 and auc >= 0.7'",
  });
}

/** Whether a row meets a condition. One that names a value which the row lacks, or that cannot be decided, is not met. */
export function meets(row: ListRow, condition: Expression): boolean {
  const result = evaluate(condition, namesFor(row, condition));
  return result.ok && result.truthy;
}

/** A record with the values that the expression names, under their whole names: the language finds these first. */
function namesFor(row: ListRow, condition: Expression): Readonly<Record<string, unknown>> {
  const values = [...namesIn(condition)].map((name) => [name, valueNamed(row, name)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

export function namesIn(expression: Expression): ReadonlySet<string> {
  switch (expression.kind) {
    case "literal":
      return new Set();
    case "name":
      return new Set([expression.name]);
    case "unary":
      return namesIn(expression.operand);
    case "binary":
    case "comparison":
    case "logical":
      return namesIn(expression.left).union(namesIn(expression.right));
    case "call":
      return expression.args.reduce((names, arg) => names.union(namesIn(arg)), new Set<string>());
  }
}
