import type { Expectation } from "../config/index.ts";

/** The columns that a rule is about; a condition of its own is not looked into. */
export function columnsOf(rule: Expectation): readonly string[] {
  if ("column" in rule) return [rule.column];
  if ("columns" in rule) return rule.columns;
  return rule.rule === "compare" ? [rule.left, rule.right] : [];
}
