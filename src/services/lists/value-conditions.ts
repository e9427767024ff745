import type { Expression, ExpressionValue } from "../../expressions/index.ts";
import {
  INDEXED_NAME_LENGTH,
  INDEXED_TEXT_LENGTH,
  type ValueCondition,
  type ValueOperator,
} from "../../store/index.ts";
import { originOf } from "./list-row.ts";

const OPERATORS: Readonly<Partial<Record<string, ValueOperator>>> = {
  "==": "=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};
const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/**
 * Returns what the index of values can tell of an expression: every row for which the expression holds meets all of
 * these, while a row that meets them may still fail it. Comparisons of one value with a constant are told; what stands
 * under `or`, `not` or arithmetic is not, and neither are names with a dot, which may be those of a node.
 */
export function valueConditions(expression: Expression, facts: readonly string[]): readonly ValueCondition[] {
  if (expression.kind === "logical" && expression.operator === "and")
    return [...valueConditions(expression.left, facts), ...valueConditions(expression.right, facts)];
  if (expression.kind !== "comparison") return [];
  const { left, right, operator } = expression;
  if (left.kind === "name") return compared(left.name, operator, constantOf(right), facts);
  if (right.kind === "name") return compared(right.name, MIRRORED[operator] ?? operator, constantOf(left), facts);
  return [];
}

function compared(
  text: string,
  word: string,
  constant: ExpressionValue | undefined,
  facts: readonly string[],
): readonly ValueCondition[] {
  const operator = Object.hasOwn(OPERATORS, word) ? OPERATORS[word] : undefined;
  const named = originOf(text);
  const isIndexed = !facts.includes(text) && !named.name.includes(".") && named.name.length <= INDEXED_NAME_LENGTH;
  if (operator === undefined || !isIndexed) return [];
  if (typeof constant === "string") {
    // Order of texts is that of the database there, and that of code points here.
    return operator === "=" && constant.length <= INDEXED_TEXT_LENGTH ? [{ ...named, operator, value: constant }] : [];
  }
  if (typeof constant !== "number" && typeof constant !== "boolean") return [];
  const value = Number(constant);
  return Number.isFinite(value) ? [{ ...named, operator, value, countsBooleans: true }] : [];
}

function constantOf(expression: Expression): ExpressionValue | undefined {
  if (expression.kind === "literal") return expression.value;
  if (expression.kind !== "unary" || expression.operator === "not") return undefined;
  const inner = constantOf(expression.operand);
  if (typeof inner !== "number") return undefined;
  return expression.operator === "-" ? -inner : inner;
}
