import {
  type BinaryOperator,
  type ComparisonOperator,
  type Expression,
  ExpressionFailure,
  type ExpressionValue,
  type UnaryOperator,
} from "./expression.ts";
import { FUNCTIONS } from "./functions.ts";
import { MAX_DEPTH, MAX_TEXT_LENGTH } from "./limits.ts";
import { type Token, tokenize } from "./tokens.ts";

/** A syntax tree, or what is wrong and at which 0-based offset of the text. */
export type ParseResult =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/**
 * Reads a condition such as `metadata.accuracy > 0.9 and not metadata.diverged`: Python's expression syntax without
 * lists, subscripts, chained comparisons, attributes of values and calls of anything but a small table of functions.
 * Never throws.
 */
export function parseExpression(text: string): ParseResult {
  if (text.length > MAX_TEXT_LENGTH) {
    return {
      ok: false,
      message: `the expression is longer than ${MAX_TEXT_LENGTH} characters`,
      offset: MAX_TEXT_LENGTH,
    };
  }
  try {
    return { ok: true, expression: new Parser(tokenize(text)).parse() };
  } catch (error) {
    if (error instanceof ExpressionFailure) return { ok: false, message: error.message, offset: error.offset };
    throw error;
  }
}

const CONSTANTS: ReadonlyMap<string, ExpressionValue> = new Map<string, ExpressionValue>([
  ["True", true],
  ["False", false],
  ["None", null],
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** Words that are syntax in Python and mean nothing here; after a dot they are ordinary names. */
const REFUSED_WORDS: ReadonlyMap<string, string> = new Map([
  ["if", "conditional expressions are not allowed"],
  ["else", "conditional expressions are not allowed"],
  ["for", "comprehensions are not allowed"],
  ["lambda", "functions cannot be defined here"],
  ["await", "await is not allowed"],
  ["yield", "yield is not allowed"],
]);

/** The precedence of operators, as in Python: a greater number binds tighter. */
const OR = 1;
const AND = 2;
const NOT = 3;
const COMPARISON = 4;
const SUM = 5;
const PRODUCT = 6;
const SIGN = 7;
const POWER = 8;

const BINARY: ReadonlyMap<string, { readonly operator: BinaryOperator; readonly power: number }> = new Map([
  ["+", { operator: "+", power: SUM }],
  ["-", { operator: "-", power: SUM }],
  ["*", { operator: "*", power: PRODUCT }],
  ["/", { operator: "/", power: PRODUCT }],
  ["//", { operator: "//", power: PRODUCT }],
  ["%", { operator: "%", power: PRODUCT }],
  ["**", { operator: "**", power: POWER }],
]);

const COMPARISONS: ReadonlyMap<string, ComparisonOperator> = new Map<string, ComparisonOperator>([
  ["==", "=="],
  ["!=", "!="],
  ["<", "<"],
  ["<=", "<="],
  [">", ">"],
  [">=", ">="],
  ["in", "in"],
  ["is", "is"],
]);

interface Node {
  readonly expression: Expression;
  readonly depth: number;
}

/** Precedence climbing over the tokens of one text. */
class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  #nesting = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    if (this.#next().kind === "end") throw new ExpressionFailure("the expression is empty", 0);
    const { expression } = this.#operation(0);
    const token = this.#next();
    if (token.kind === "end") return expression;
    throw new ExpressionFailure(this.#unexpected(token), token.offset);
  }

  #operation(minimum: number): Node {
    this.#nesting += 1;
    if (this.#nesting > MAX_DEPTH) throw tooDeep(this.#next().offset);
    let left = this.#prefix(minimum);
    for (;;) {
      const grown = this.#infix(left, minimum);
      if (grown === undefined) break;
      left = grown;
    }
    this.#nesting -= 1;
    return left;
  }

  #prefix(minimum: number): Node {
    const token = this.#next();
    const operator = unaryOperator(token);
    if (operator === undefined) return this.#operand();
    // Python has no place for a bare `not` to the right of a tighter operator: `a == not b` is a slip.
    if (operator === "not" && minimum > NOT)
      throw new ExpressionFailure("put parentheses around the `not` here", token.offset);
    this.#position += 1;
    const operand = this.#operation(operator === "not" ? NOT : SIGN);
    return node({ kind: "unary", operator, operand: operand.expression, offset: token.offset }, operand);
  }

  #infix(left: Node, minimum: number): Node | undefined {
    const token = this.#next();
    const { offset } = token;
    const logical = token.kind === "word" && (token.text === "and" || token.text === "or") ? token.text : undefined;
    if (logical !== undefined) {
      const power = logical === "and" ? AND : OR;
      if (power <= minimum) return undefined;
      this.#position += 1;
      const right = this.#operation(power);
      return node(
        { kind: "logical", operator: logical, left: left.expression, right: right.expression, offset },
        left,
        right,
      );
    }
    const binary = token.kind === "symbol" ? BINARY.get(token.text) : undefined;
    if (binary !== undefined) {
      if (binary.power <= minimum) return undefined;
      this.#position += 1;
      // `**` groups to the right, and its exponent may carry a sign: 2 ** -1.
      const right = this.#operation(binary.operator === "**" ? SIGN : binary.power);
      return node(
        { kind: "binary", operator: binary.operator, left: left.expression, right: right.expression, offset },
        left,
        right,
      );
    }
    return minimum < COMPARISON ? this.#comparison(left, token) : undefined;
  }

  #comparison(left: Node, token: Token): Node | undefined {
    const operator = this.#comparisonOperator();
    if (operator === undefined) return undefined;
    if (left.expression.kind === "comparison" && !this.#isParenthesised(left)) {
      throw new ExpressionFailure("comparisons cannot be chained; join them with `and`", token.offset);
    }
    const right = this.#operation(COMPARISON);
    return node(
      { kind: "comparison", operator, left: left.expression, right: right.expression, offset: token.offset },
      left,
      right,
    );
  }

  /** Takes the one or two words of a comparison; leaves everything where it is when there is none. */
  #comparisonOperator(): ComparisonOperator | undefined {
    const token = this.#next();
    if (token.kind !== "symbol" && token.kind !== "word") return undefined;
    const following = this.#tokens[this.#position + 1];
    const pair = following?.kind === "word" ? `${token.text} ${following.text}` : "";
    if (pair === "not in" || pair === "is not") {
      this.#position += 2;
      return pair;
    }
    const operator = COMPARISONS.get(token.text);
    if (operator !== undefined) this.#position += 1;
    return operator;
  }

  readonly #parenthesised = new WeakSet<Expression>();

  #isParenthesised(left: Node): boolean {
    return this.#parenthesised.has(left.expression);
  }

  #operand(): Node {
    const token = this.#next();
    const { offset } = token;
    this.#position += 1;
    if (token.kind === "number" || token.kind === "string") return this.#literal(token.value, offset);
    if (token.kind === "word") return this.#word(token);
    if (token.text !== "(") throw new ExpressionFailure(this.#unexpected(token), offset);
    if (this.#isSymbol(")")) throw new ExpressionFailure("tuples are not allowed", offset);
    const inner = this.#operation(0);
    if (this.#isSymbol(",")) throw new ExpressionFailure("tuples are not allowed", this.#next().offset);
    this.#expect(")", offset);
    this.#parenthesised.add(inner.expression);
    this.#refuseTrailer();
    return inner;
  }

  #literal(value: ExpressionValue, offset: number): Node {
    const following = this.#next();
    if (typeof value === "string" && following.kind === "string") {
      throw new ExpressionFailure("an operator is missing between two texts", following.offset);
    }
    this.#refuseTrailer();
    return node({ kind: "literal", value, offset });
  }

  #word(token: Token): Node {
    const { offset } = token;
    const constant = CONSTANTS.get(token.text);
    if (constant !== undefined && !this.#isSymbol(".")) return this.#literal(constant, offset);
    if (constant === undefined) refuseKeyword(token, this.#unexpected(token));
    let name = token.text;
    while (this.#isSymbol(".")) {
      this.#position += 1;
      const part = this.#next();
      if (part.kind !== "word") throw new ExpressionFailure(`a name must follow "${name}."`, part.offset);
      this.#position += 1;
      name += `.${part.text}`;
    }
    if (!this.#isSymbol("(")) return node({ kind: "name", name, offset });
    return this.#call(name, offset);
  }

  #call(name: string, offset: number): Node {
    if (name.includes(".")) throw new ExpressionFailure(`methods cannot be called: ${name}()`, offset);
    if (!FUNCTIONS.has(name)) {
      throw new ExpressionFailure(`unknown function ${name}(); known are ${[...FUNCTIONS.keys()].join(", ")}`, offset);
    }
    const open = this.#next().offset;
    this.#position += 1;
    const args: Node[] = [];
    while (!this.#isSymbol(")")) {
      if (args.length > 0) this.#expect(",", open);
      if (args.length > 0 && this.#isSymbol(")")) break;
      args.push(this.#operation(0));
    }
    this.#position += 1;
    this.#refuseTrailer();
    return node({ kind: "call", name, args: args.map((arg) => arg.expression), offset }, ...args);
  }

  #refuseTrailer(): void {
    const token = this.#next();
    if (this.#isSymbol(".")) throw new ExpressionFailure("values have no attributes or methods here", token.offset);
    if (this.#isSymbol("(")) throw new ExpressionFailure("only named functions can be called", token.offset);
  }

  #expect(symbol: string, opened: number): void {
    const token = this.#next();
    if (!this.#isSymbol(symbol)) {
      if (token.kind === "end") throw new ExpressionFailure("the parenthesis is never closed", opened);
      throw new ExpressionFailure(this.#unexpected(token), token.offset);
    }
    this.#position += 1;
  }

  #isSymbol(symbol: string): boolean {
    const token = this.#next();
    return token.kind === "symbol" && token.text === symbol;
  }

  #next(): Token {
    // The `end` token is never passed: every reader checks the kind before it moves on.
    return this.#tokens[Math.min(this.#position, this.#tokens.length - 1)] ?? { kind: "end", offset: 0, text: "" };
  }

  #unexpected(token: Token): string {
    if (token.kind === "end") return "the expression ends too early";
    const refused = token.kind === "word" ? REFUSED_WORDS.get(token.text) : undefined;
    return refused ?? `unexpected ${token.kind === "string" ? "text " : ""}${JSON.stringify(token.text)}`;
  }
}

function unaryOperator(token: Token): UnaryOperator | undefined {
  if (token.kind === "word" && token.text === "not") return "not";
  if (token.kind === "symbol" && (token.text === "-" || token.text === "+")) return token.text;
  return undefined;
}

function refuseKeyword(token: Token, message: string): void {
  const isOperator =
    token.text === "and" || token.text === "or" || token.text === "not" || token.text === "in" || token.text === "is";
  if (isOperator || token.text === "lambda") throw new ExpressionFailure(message, token.offset);
}

function node(expression: Expression, ...children: readonly Node[]): Node {
  const depth = 1 + children.reduce((deepest, child) => Math.max(deepest, child.depth), 0);
  if (depth > MAX_DEPTH) throw tooDeep(expression.offset);
  return { expression, depth };
}

function tooDeep(offset: number): ExpressionFailure {
  return new ExpressionFailure(`the expression is nested more than ${MAX_DEPTH} deep`, offset);
}
