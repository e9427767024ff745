/** A value that an expression can be made of and evaluate to. */
export type ExpressionValue = string | number | boolean | null;

export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "is" | "is not";
export type UnaryOperator = "-" | "+" | "not";

/** The syntax tree: plain JSON. `offset` is the 0-based place in the text that messages point at. */
export type Expression =
  | { readonly kind: "literal"; readonly value: ExpressionValue; readonly offset: number }
  /** Dotted names are folded to one: `metadata.accuracy`. */
  | { readonly kind: "name"; readonly name: string; readonly offset: number }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Expression; readonly offset: number }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly offset: number;
    }
  | {
      readonly kind: "comparison";
      readonly operator: ComparisonOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly offset: number;
    }
  /** `and` and `or` return one of their operands, as in Python. */
  | {
      readonly kind: "logical";
      readonly operator: "and" | "or";
      readonly left: Expression;
      readonly right: Expression;
      readonly offset: number;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[]; readonly offset: number };

/** Carries a message to the room's door, where it becomes a returned value; never leaves the room. */
export class ExpressionFailure extends Error {
  readonly offset: number;
  readonly missingName: string | undefined;

  constructor(message: string, offset: number, missingName?: string) {
    super(message);
    this.offset = offset;
    this.missingName = missingName;
  }
}
