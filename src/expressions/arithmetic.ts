import { type BinaryOperator, ExpressionFailure, type ExpressionValue } from "./expression.ts";
import { MAX_STRING_LENGTH } from "./limits.ts";
import { describeType, isNumeric, toNumber } from "./values.ts";

/** `left operator right` with Python's meaning: floor division and modulo round towards minus infinity. */
export function arithmetic(
  operator: BinaryOperator,
  left: ExpressionValue,
  right: ExpressionValue,
  offset: number,
): ExpressionValue {
  if (isNumeric(left) && isNumeric(right)) return onNumbers(operator, toNumber(left), toNumber(right), offset);
  if (operator === "+" && typeof left === "string" && typeof right === "string") return bounded(left + right, offset);
  if (operator === "*") {
    if (typeof left === "string" && isNumeric(right)) return repeat(left, toNumber(right), offset);
    if (typeof right === "string" && isNumeric(left)) return repeat(right, toNumber(left), offset);
  }
  throw new ExpressionFailure(`${operator} does not work on ${describeType(left)} and ${describeType(right)}`, offset);
}

/** `base ** exponent`; what Python answers with an error or a complex number is an error. */
export function power(base: number, exponent: number, offset: number): number {
  if (base === 0 && exponent < 0) throw new ExpressionFailure("0 cannot be raised to a negative power", offset);
  if (base < 0 && Number.isFinite(base) && Number.isFinite(exponent) && !Number.isInteger(exponent)) {
    throw new ExpressionFailure("a negative number has no real power with a fraction", offset);
  }
  // Python, unlike JavaScript: 1 ** nan is 1, and (-1) ** inf is 1.
  if (base === 1 || (base === -1 && (exponent === Number.POSITIVE_INFINITY || exponent === Number.NEGATIVE_INFINITY)))
    return 1;
  const result = base ** exponent;
  if (!Number.isFinite(result) && Number.isFinite(base) && Number.isFinite(exponent)) {
    throw new ExpressionFailure("the result of ** is too large", offset);
  }
  return result;
}

function onNumbers(operator: BinaryOperator, left: number, right: number, offset: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "**":
      return power(left, right, offset);
    case "/":
      refuseZero(right, offset);
      return left / right;
    case "//":
      refuseZero(right, offset);
      return floorDivide(left, right);
    case "%":
      refuseZero(right, offset);
      return modulo(left, right);
  }
}

function refuseZero(divisor: number, offset: number): void {
  if (divisor === 0) throw new ExpressionFailure("division by zero", offset);
}

/** The remainder takes the divisor's sign: -7 % 3 is 2. */
function modulo(left: number, right: number): number {
  const remainder = left % right;
  if (remainder === 0) return right < 0 ? -0 : 0;
  return remainder < 0 === right < 0 ? remainder : remainder + right;
}

/** From the exact remainder, as Python does it: Math.floor(1 / 0.1) would be 10, but 1 // 0.1 is 9. */
function floorDivide(left: number, right: number): number {
  if (!Number.isFinite(right))
    return Number.isNaN(right) || !Number.isFinite(left) ? Number.NaN : left !== 0 && left < 0 !== right < 0 ? -1 : 0;
  const quotient = (left - modulo(left, right)) / right;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function repeat(text: string, times: number, offset: number): string {
  if (!Number.isInteger(times))
    throw new ExpressionFailure("a text can be repeated only a whole number of times", offset);
  if (times <= 0) return "";
  if (text.length * times > MAX_STRING_LENGTH) throw tooLong(offset);
  return text.repeat(times);
}

function bounded(text: string, offset: number): string {
  if (text.length > MAX_STRING_LENGTH) throw tooLong(offset);
  return text;
}

function tooLong(offset: number): ExpressionFailure {
  return new ExpressionFailure(`the text would be longer than ${MAX_STRING_LENGTH} characters`, offset);
}
