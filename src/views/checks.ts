import type { CheckResultView, ChecksView } from "../api/index.ts";
import { grouped } from "./format.ts";

type Found = Pick<CheckResultView, "outcome" | "error" | "observed" | "rows" | "bad">;

/** Returns the finding of a check in a few words: the figure, or the number of rows that break the rule. */
export function foundByCheck({ outcome, error, observed, rows, bad }: Found): string {
  if (outcome === "error") return error === null ? "not known" : "cannot be told";
  if (rows !== null && bad !== null)
    return bad === 0 ? `${grouped(rows)} rows` : `${grouped(bad)} of ${grouped(rows)} rows are not`;
  return observed === null ? "nothing" : cellText(observed);
}

/** A value of a table as a person reads it. */
export function cellText(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number" && !Number.isInteger(value)) return String(Number(value.toPrecision(6)));
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(cellText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `failed: 2 of 8 checks failed, 1 warned`. */
export function checksVerdictText(checks: Pick<ChecksView, "verdict" | "passed" | "warned" | "failed">): string {
  const { verdict, passed, warned, failed } = checks;
  const all = passed + warned + failed;
  if (verdict === "passed") return `passed: ${all} checks`;
  if (verdict === "warned") return `passed with warnings: ${warned} warned of ${all} checks`;
  return `failed: ${failed} of ${all} checks failed${warned === 0 ? "" : `, ${warned} warned`}`;
}

const EXAMPLES = 3;

/** A broken check in one line: column, rule, finding, and some of the rows. */
export function brokenCheckText(check: Found & Pick<CheckResultView, "subject" | "expected" | "examples">): string {
  const rule = check.subject === null ? check.expected : `column ${check.subject}: ${check.expected}`;
  const found = check.outcome === "error" ? (check.error ?? "not known") : foundByCheck(check);
  const rows = check.examples.slice(0, EXAMPLES).map(({ row, values }) => {
    const cells = Object.values(values).map(cellText).join(", ");
    return cells === "" ? `row ${grouped(row)}` : `row ${grouped(row)} (${cells})`;
  });
  return `${rule}: ${found}${rows.length === 0 ? "" : `, e.g. ${rows.join(", ")}`}`;
}
