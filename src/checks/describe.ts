import type { Bounds, CheckValue, Expectation } from "../config/index.ts";

/** An expectation in a few words, without its column: `between 0 and 120`, `not null in 97 % of the rows`. */
export function describeExpectation(expectation: Expectation): string {
  const { mostly, where } = expectation;
  const share = mostly === undefined || mostly === 1 ? "" : ` in ${percent(mostly)} of the rows`;
  return `${rule(expectation)}${share}${where === undefined ? "" : `, where ${where}`}`;
}

/** Returns the subject of an expectation: a column, several columns, or undefined for the table. */
export function subjectOf(expectation: Expectation): string | undefined {
  if ("column" in expectation) return expectation.column;
  if ("columns" in expectation) return expectation.columns.join(", ");
  return expectation.rule === "compare" ? `${expectation.left}, ${expectation.right}` : undefined;
}

function rule(expectation: Expectation): string {
  switch (expectation.rule) {
    case "not-null":
      return "not null";
    case "null":
      return "null";
    case "type":
    case "declared-type":
      return `of type ${expectation.types.join(" or ")}`;
    case "between":
      return limits(expectation.bounds);
    case "in":
      return `one of ${list(expectation.values)}`;
    case "not-in":
      return `none of ${list(expectation.values)}`;
    case "matches":
      return `matches ${expectation.patterns.join(expectation.any === true ? " or " : " and ")}`;
    case "not-matches":
      return `does not match ${expectation.patterns.join(" or ")}`;
    case "length":
      return `length ${limits(expectation.bounds)}`;
    case "format":
      return `format ${expectation.format}`;
    case "time-format":
      return `time format ${expectation.format}`;
    case "unique":
      return expectation.columns.length === 1 ? "unique" : "unique together";
    case "references":
      return `there in column ${expectation.to} of ${expectation.input ?? "the reference"}`;
    case "increasing":
    case "decreasing":
      return expectation.strictly ? `strictly ${expectation.rule}` : expectation.rule;
    case "compare":
      return `${expectation.left} ${expectation.comparison} ${expectation.right}`;
    case "pair-in":
      return `one of ${list(expectation.pairs.map((pair) => `(${pair.map((value) => value ?? "null").join(", ")})`))}`;
    case "unique-within-row":
      return "different from each other in each row";
    case "equal-within-row":
      return "equal in each row";
    case "sum-within-row":
      return `sum ${expectation.total} in each row`;
    case "z-score":
      return `z-score below ${expectation.below}`;
    case "row":
      return expectation.condition;
    case "quantile":
      return `quantile ${expectation.quantile} ${limits(expectation.bounds)}`;
    case "rows":
      return `row count ${limits(expectation.bounds)}`;
    case "column-count":
      return `column count ${limits(expectation.bounds)}`;
    case "fresh":
      return `newest value not older than ${age(expectation.seconds)}`;
    case "values-only":
      return `no other values than ${list(expectation.values)}`;
    case "values-contain":
      return `contains ${list(expectation.values)}`;
    case "values-equal":
      return `values are exactly ${list(expectation.values)}`;
    case "most-common-in":
      return `most common value is one of ${list(expectation.values)}`;
    case "columns":
      return `columns ${expectation.others ? "include" : "are"} ${list(expectation.names)}${expectation.ordered ? ", in this order" : ""}`;
    case "sql":
      return expectation.query.replaceAll(/\s+/g, " ").trim();
    default:
      return `${expectation.rule.replace("-", " ")} ${limits(expectation.bounds)}`;
  }
}

/** Limits in a few words. */
export function limits({ min, max, above, below, change }: Bounds): string {
  const changed = change === undefined ? [] : [`within ${percent(change)} of the last one`];
  if (min !== undefined && max !== undefined)
    return [min === max ? `equal to ${min}` : `between ${min} and ${max}`, ...changed].join(" and ");
  const parts = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
    ...changed,
  ];
  return parts.length === 0 ? "any" : parts.join(" and ");
}

const MOST_LISTED = 10;

function list(values: readonly CheckValue[]): string {
  const more = values.length > MOST_LISTED ? `, … (${values.length})` : "";
  return `${values.slice(0, MOST_LISTED).map(String).join(", ")}${more}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`;
}

function age(seconds: number): string {
  for (const [unit, length] of [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
  ] as const)
    if (seconds >= length && seconds % length === 0) return `${seconds / length}${unit}`;
  return `${seconds}s`;
}
