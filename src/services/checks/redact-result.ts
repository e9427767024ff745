import { type CheckResult, subjectOf } from "../../checks/index.ts";
import type { Expectation } from "../../config/index.ts";

const REDACTED = "redacted";

/** Figures that are values of rows; a mean or a count tells nothing of one. */
const VALUES: ReadonlySet<Expectation["rule"]> = new Set<Expectation["rule"]>([
  ...(["minimum", "maximum", "median", "quantile", "fresh"] as const),
  ...(["values-only", "values-contain", "values-equal", "most-common-in"] as const),
]);

/** The result without the values of these columns. */
export function redactedResult(result: CheckResult, columns: ReadonlySet<string>): CheckResult {
  if (columns.size === 0) return result;
  const { expectation, observed, examples, error } = result;
  const isAbout = (subjectOf(expectation) ?? "").split(", ").some((column) => columns.has(column));
  const hides = isAbout && VALUES.has(expectation.rule) && observed !== null;
  return {
    ...result,
    ...(hides && { observed: REDACTED }),
    ...(examples !== undefined && {
      examples: examples.map(({ row, values }) => ({
        row,
        values: Object.fromEntries(
          Object.entries(values).map(([column, value]) => [column, columns.has(column) ? REDACTED : value]),
        ),
      })),
    }),
    ...(error !== undefined && mayQuote(expectation, isAbout) && { error: "its rule has an error" }),
  };
}

/** DuckDB's reasons quote the value that it could not read; only of a rule of one column is known whose it is. */
function mayQuote(expectation: Expectation, isAbout: boolean): boolean {
  return isAbout || expectation.where !== undefined || subjectOf(expectation) === undefined;
}

const LONGEST = 200;

/** A value of bounded length. */
export function shortened(value: unknown): unknown {
  if (typeof value === "string") return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : value;
}
