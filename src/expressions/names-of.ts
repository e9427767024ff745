import type { Expression } from "./expression.ts";

/** Every name that an expression reads, with its place; one that stands twice comes twice. */
export function namesOf(expression: Expression): readonly { readonly name: string; readonly offset: number }[] {
  switch (expression.kind) {
    case "literal":
      return [];
    case "name":
      return [{ name: expression.name, offset: expression.offset }];
    case "unary":
      return namesOf(expression.operand);
    case "call":
      return expression.args.flatMap(namesOf);
    case "binary":
    case "comparison":
    case "logical":
      return [...namesOf(expression.left), ...namesOf(expression.right)];
  }
}
