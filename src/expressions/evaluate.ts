import { arithmetic } from "./arithmetic.ts";
import { type ComparisonOperator, type Expression, ExpressionFailure, type ExpressionValue } from "./expression.ts";
import { callFunction } from "./functions.ts";
import { lookUp, type Names } from "./names.ts";
import { compareStrings, describeType, isEqual, isNumeric, toNumber, truthy } from "./values.ts";

export type EvaluationResult =
  | { readonly ok: true; readonly value: ExpressionValue; readonly truthy: boolean }
  /** `missingName` stands where a name has no value (yet): a condition on a metric that was not printed so far. */
  | { readonly ok: false; readonly message: string; readonly offset: number; readonly missingName?: string };

/**
 * Evaluates a parsed expression with Python's meaning. Names are looked up in the own data of `names` only, either
 * under the whole dotted name or level by level; nothing of JavaScript can be reached. Never throws, and yields single
 * values only.
 *
 * @example
 * evaluate(expression, { metadata: { accuracy: 0.93 } }) // for metadata.accuracy > 0.9: { ok: true, value: true,
 * truthy: true }
 */
export function evaluate(expression: Expression, names: Names): EvaluationResult {
  try {
    const value = compute(expression, names);
    return { ok: true, value, truthy: truthy(value) };
  } catch (error) {
    if (!(error instanceof ExpressionFailure)) throw error;
    const { message, offset, missingName } = error;
    return { ok: false, message, offset, ...(missingName === undefined ? {} : { missingName }) };
  }
}

function compute(expression: Expression, names: Names): ExpressionValue {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "name":
      return lookUp(names, expression.name, expression.offset);
    case "unary":
      return unary(expression.operator, compute(expression.operand, names), expression.offset);
    case "binary":
      return arithmetic(
        expression.operator,
        compute(expression.left, names),
        compute(expression.right, names),
        expression.offset,
      );
    case "comparison":
      return compare(
        expression.operator,
        compute(expression.left, names),
        compute(expression.right, names),
        expression.offset,
      );
    case "logical": {
      const left = compute(expression.left, names);
      return truthy(left) === (expression.operator === "and") ? compute(expression.right, names) : left;
    }
    case "call":
      return callFunction(
        expression.name,
        expression.args.map((arg) => compute(arg, names)),
        expression.offset,
      );
  }
}

function unary(operator: "-" | "+" | "not", value: ExpressionValue, offset: number): ExpressionValue {
  if (operator === "not") return !truthy(value);
  if (!isNumeric(value)) throw new ExpressionFailure(`${operator} needs a number, not ${describeType(value)}`, offset);
  return operator === "-" ? -toNumber(value) : toNumber(value);
}

function compare(operator: ComparisonOperator, left: ExpressionValue, right: ExpressionValue, offset: number): boolean {
  switch (operator) {
    case "==":
      return isEqual(left, right);
    case "!=":
      return !isEqual(left, right);
    case "is":
      return left === right;
    case "is not":
      return left !== right;
    case "in":
    case "not in":
      return contains(left, right, offset) === (operator === "in");
    default:
      return ordered(operator, left, right, offset);
  }
}

function contains(part: ExpressionValue, whole: ExpressionValue, offset: number): boolean {
  if (typeof part === "string" && typeof whole === "string") return whole.includes(part);
  throw new ExpressionFailure(
    `\`in\` looks for a text in a text, not for ${describeType(part)} in ${describeType(whole)}`,
    offset,
  );
}

function ordered(
  operator: "<" | "<=" | ">" | ">=",
  left: ExpressionValue,
  right: ExpressionValue,
  offset: number,
): boolean {
  if (typeof left === "string" && typeof right === "string") return holds(operator, compareStrings(left, right));
  if (!isNumeric(left) || !isNumeric(right)) {
    throw new ExpressionFailure(`${describeType(left)} and ${describeType(right)} have no order (${operator})`, offset);
  }
  const [a, b] = [toNumber(left), toNumber(right)];
  // Nothing is smaller or greater than NaN; the difference of two infinities would be NaN, too.
  return a === b ? holds(operator, 0) : a < b ? holds(operator, -1) : a > b ? holds(operator, 1) : false;
}

function holds(operator: "<" | "<=" | ">" | ">=", order: number): boolean {
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}
