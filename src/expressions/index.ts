export { type EvaluationResult, evaluate } from "./evaluate.ts";
export type { Expression, ExpressionValue } from "./expression.ts";
export type { Names } from "./names.ts";
export { namesOf } from "./names-of.ts";
export { type ParseResult, parseExpression } from "./parse.ts";
