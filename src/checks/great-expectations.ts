import {
  type Bounds,
  type CheckValue,
  COLUMN_FIGURES,
  type Expectation,
  type ExpectationOptions,
  type FigureRule,
  type Pair,
  type RowRule,
  type ValueType,
} from "../config/index.ts";

/** Expectations of a suite of Great Expectations, and those that have no equal here. */
export interface ImportedSuite {
  readonly expectations: readonly Expectation[];
  readonly skipped: readonly SkippedExpectation[];
}

export interface SkippedExpectation {
  readonly name: string;
  readonly reason: string;
}

type Kwargs = Readonly<Record<string, unknown>>;
type Rule = RowRule | FigureRule;

/**
 * Reads a suite as Great Expectations writes it, of any version since 0.13: `{"expectations": [{"type" (before 1.0:
 * "expectation_type"), "kwargs", "meta"}]}`. Its semantics are those of its pandas engine
 * (https://docs.greatexpectations.io).
 */
export function importGreatExpectations(suite: unknown): ImportedSuite {
  const list = isRecord(suite) ? suite.expectations : suite;
  if (!Array.isArray(list)) throw new TypeError("a suite of Great Expectations has a list `expectations`");
  const expectations: Expectation[] = [];
  const skipped: SkippedExpectation[] = [];
  for (const each of list as readonly unknown[]) {
    if (!isRecord(each)) throw new TypeError("an expectation is a mapping");
    const name = String(each.type ?? each.expectation_type ?? "");
    try {
      const kwargs = isRecord(each.kwargs) ? each.kwargs : {};
      expectations.push(...importExpectation(name, kwargs, optionsOf(each, kwargs)));
    } catch (error) {
      if (!(error instanceof NotImported)) throw error;
      skipped.push({ name, reason: error.message });
    }
  }
  return { expectations, skipped };
}

class NotImported extends Error {}

function importExpectation(name: string, kwargs: Kwargs, options: ExpectationOptions): readonly Expectation[] {
  const read = RULES.get(snakeCase(name));
  if (read === undefined) throw new NotImported("it has no equal here");
  if (typeof kwargs.row_condition === "string")
    throw new NotImported("its row_condition is Python; write it as `where`, in SQL");
  const ignored = kwargs.ignore_row_if;
  if (ignored !== undefined && !["both_values_are_missing", "all_values_are_missing"].includes(String(ignored)))
    throw new NotImported(`ignore_row_if: ${String(ignored)} has no equal here`);
  return [read(kwargs)].flat().map((rule) => ({ ...options, ...rule }));
}

function optionsOf(expectation: Kwargs, kwargs: Kwargs): ExpectationOptions {
  const { meta, severity, description } = expectation;
  const notes = description ?? (isRecord(meta) ? meta.notes : undefined);
  const content = isRecord(notes) ? notes.content : notes;
  const text = Array.isArray(content) ? content.join(" ") : content;
  return {
    severity: severity === "warning" || severity === "info" ? "warn" : "error",
    ...(typeof kwargs.mostly === "number" && { mostly: kwargs.mostly }),
    ...(typeof text === "string" && { description: text }),
  };
}

type Read = (kwargs: Kwargs) => Rule | readonly Rule[];

const FIGURE_NAMES: Readonly<Record<(typeof COLUMN_FIGURES)[number], string>> = {
  mean: "column_mean",
  median: "column_median",
  stddev: "column_stdev",
  sum: "column_sum",
  minimum: "column_min",
  maximum: "column_max",
  distinct: "column_unique_value_count",
  "distinct-share": "column_proportion_of_unique_values",
  "null-share": "",
};

const RULES: ReadonlyMap<string, Read> = new Map<string, Read>([
  ...COLUMN_FIGURES.filter((figure) => FIGURE_NAMES[figure] !== "").map((figure): [string, Read] => [
    `expect_${FIGURE_NAMES[figure]}_to_be_between`,
    (kwargs) => ({ rule: figure, column: column(kwargs), bounds: bounds(kwargs) }),
  ]),
  ["expect_table_row_count_to_be_between", (kwargs) => ({ rule: "rows", bounds: bounds(kwargs) })],
  ["expect_table_row_count_to_equal", (kwargs) => ({ rule: "rows", bounds: exactly(kwargs.value) })],
  ["expect_table_column_count_to_be_between", (kwargs) => ({ rule: "column-count", bounds: bounds(kwargs) })],
  ["expect_table_column_count_to_equal", (kwargs) => ({ rule: "column-count", bounds: exactly(kwargs.value) })],
  ["expect_column_to_exist", (kwargs) => ({ rule: "columns", names: [column(kwargs)], others: true, ordered: false })],
  [
    "expect_table_columns_to_match_set",
    (kwargs) => ({
      rule: "columns",
      names: texts(kwargs, "column_set"),
      others: kwargs.exact_match === false,
      ordered: false,
    }),
  ],
  [
    "expect_table_columns_to_match_ordered_list",
    (kwargs) => ({ rule: "columns", names: texts(kwargs, "column_list"), others: false, ordered: true }),
  ],
  ["expect_column_values_to_not_be_null", (kwargs) => ({ rule: "not-null", column: column(kwargs) })],
  ["expect_column_values_to_be_null", (kwargs) => ({ rule: "null", column: column(kwargs) })],
  [
    "expect_column_proportion_of_non_null_values_to_be_between",
    (kwargs) => ({ rule: "null-share", column: column(kwargs), bounds: complement(bounds(kwargs)) }),
  ],
  ["expect_column_values_to_be_unique", (kwargs) => ({ rule: "unique", columns: [column(kwargs)] })],
  ["expect_compound_columns_to_be_unique", (kwargs) => ({ rule: "unique", columns: texts(kwargs, "column_list") })],
  [
    "expect_select_column_values_to_be_unique_within_record",
    (kwargs) => ({ rule: "unique-within-row", columns: texts(kwargs, "column_list") }),
  ],
  [
    "expect_multicolumn_values_to_be_equal",
    (kwargs) => ({ rule: "equal-within-row", columns: texts(kwargs, "column_list") }),
  ],
  [
    "expect_multicolumn_sum_to_equal",
    (kwargs) => ({ rule: "sum-within-row", columns: texts(kwargs, "column_list"), total: number(kwargs, "sum_total") }),
  ],
  [
    "expect_column_values_to_be_between",
    (kwargs) => ({ rule: "between", column: column(kwargs), bounds: bounds(kwargs) }),
  ],
  ["expect_column_values_to_be_in_set", (kwargs) => ({ rule: "in", column: column(kwargs), values: values(kwargs) })],
  [
    "expect_column_values_to_not_be_in_set",
    (kwargs) => ({ rule: "not-in", column: column(kwargs), values: values(kwargs) }),
  ],
  [
    "expect_column_distinct_values_to_be_in_set",
    (kwargs) => ({ rule: "values-only", column: column(kwargs), values: values(kwargs) }),
  ],
  [
    "expect_column_distinct_values_to_contain_set",
    (kwargs) => ({ rule: "values-contain", column: column(kwargs), values: values(kwargs) }),
  ],
  [
    "expect_column_distinct_values_to_equal_set",
    (kwargs) => ({ rule: "values-equal", column: column(kwargs), values: values(kwargs) }),
  ],
  [
    "expect_column_most_common_value_to_be_in_set",
    (kwargs) => ({ rule: "most-common-in", column: column(kwargs), values: values(kwargs) }),
  ],
  [
    "expect_column_values_to_match_regex",
    (kwargs) => ({ rule: "matches", column: column(kwargs), patterns: [text(kwargs, "regex")] }),
  ],
  [
    "expect_column_values_to_not_match_regex",
    (kwargs) => ({ rule: "not-matches", column: column(kwargs), patterns: [text(kwargs, "regex")] }),
  ],
  [
    "expect_column_values_to_match_regex_list",
    (kwargs) => ({
      rule: "matches",
      column: column(kwargs),
      patterns: texts(kwargs, "regex_list"),
      any: kwargs.match_on !== "all",
    }),
  ],
  [
    "expect_column_values_to_not_match_regex_list",
    (kwargs) => ({ rule: "not-matches", column: column(kwargs), patterns: texts(kwargs, "regex_list") }),
  ],
  [
    "expect_column_value_lengths_to_be_between",
    (kwargs) => ({ rule: "length", column: column(kwargs), bounds: bounds(kwargs) }),
  ],
  [
    "expect_column_value_lengths_to_equal",
    (kwargs) => ({ rule: "length", column: column(kwargs), bounds: exactly(kwargs.value) }),
  ],
  [
    "expect_column_values_to_be_json_parseable",
    (kwargs) => ({ rule: "format", column: column(kwargs), format: "json" }),
  ],
  [
    "expect_column_values_to_match_strftime_format",
    (kwargs) => ({ rule: "time-format", column: column(kwargs), format: text(kwargs, "strftime_format") }),
  ],
  [
    "expect_column_values_to_be_increasing",
    (kwargs) => ({ rule: "increasing", column: column(kwargs), strictly: kwargs.strictly === true }),
  ],
  [
    "expect_column_values_to_be_decreasing",
    (kwargs) => ({ rule: "decreasing", column: column(kwargs), strictly: kwargs.strictly === true }),
  ],
  [
    "expect_column_pair_values_to_be_equal",
    (kwargs) => ({ rule: "compare", left: text(kwargs, "column_A"), comparison: "=", right: text(kwargs, "column_B") }),
  ],
  [
    "expect_column_pair_values_a_to_be_greater_than_b",
    (kwargs) => ({
      rule: "compare",
      left: text(kwargs, "column_A"),
      comparison: kwargs.or_equal === true ? ">=" : ">",
      right: text(kwargs, "column_B"),
    }),
  ],
  [
    "expect_column_pair_values_to_be_in_set",
    (kwargs) => ({
      rule: "pair-in",
      columns: [text(kwargs, "column_A"), text(kwargs, "column_B")],
      pairs: pairs(kwargs.value_pairs_set),
    }),
  ],
  [
    "expect_column_value_z_scores_to_be_less_than",
    (kwargs) => ({
      rule: "z-score",
      column: column(kwargs),
      below: number(kwargs, "threshold"),
      bothSides: kwargs.double_sided !== false,
    }),
  ],
  ["expect_column_quantile_values_to_be_between", quantiles],
  [
    "expect_column_values_to_be_of_type",
    (kwargs) => ({ rule: "declared-type", column: column(kwargs), types: [typeNamed(text(kwargs, "type_"))] }),
  ],
  [
    "expect_column_values_to_be_in_type_list",
    (kwargs) => ({ rule: "declared-type", column: column(kwargs), types: texts(kwargs, "type_list").map(typeNamed) }),
  ],
]);

function quantiles(kwargs: Kwargs): readonly Rule[] {
  const { quantile_ranges: ranges } = kwargs;
  const asked = isRecord(ranges) ? ranges.quantiles : undefined;
  const limits = isRecord(ranges) ? ranges.value_ranges : undefined;
  if (!Array.isArray(asked) || !Array.isArray(limits)) throw new NotImported("its quantile_ranges are not whole");
  return asked.map((quantile: unknown, index) => {
    const [min, max] = Array.isArray(limits[index]) ? (limits[index] as readonly unknown[]) : [];
    if (typeof quantile !== "number") throw new NotImported("a quantile is a number");
    const limit = bounds({ min_value: min, max_value: max });
    return { rule: "quantile", column: column(kwargs), quantile, bounds: limit, nearest: true };
  });
}

const TYPE_NAMES: readonly (readonly [RegExp, ValueType])[] = [
  [/^(?:u?int\d*|integer|bigint|smallint|tinyint)$/i, "integer"],
  [/^(?:float\d*|double|decimal|numeric|real|number)$/i, "number"],
  [/^(?:str|string|object|object_|text|varchar|char)$/i, "text"],
  [/^bool(?:ean)?_?$/i, "boolean"],
  [/^date$/i, "date"],
  [/^(?:datetime(?:64)?(?:\[\w+(?:, .+)?\])?|timestamp)$/i, "timestamp"],
];

function typeNamed(name: string): ValueType {
  const type = TYPE_NAMES.find(([pattern]) => pattern.test(name))?.[1];
  if (type === undefined) throw new NotImported(`the type ${name} has no equal here`);
  return type;
}

/** The suites name expectations like functions, its classes like `ExpectColumnPairValuesAToBeGreaterThanB`. */
function snakeCase(name: string): string {
  return name.replace(/([A-Z])/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, "");
}

function bounds({ min_value, max_value, strict_min, strict_max }: Kwargs): Bounds {
  const [min, max] = [scalar(min_value), scalar(max_value)];
  return {
    ...(min !== undefined && (strict_min === true ? { above: min } : { min })),
    ...(max !== undefined && (strict_max === true ? { below: max } : { max })),
  };
}

/** The bounds of `1 - x`. */
function complement({ min, max, above, below }: Bounds): Bounds {
  const of = (value: CheckValue | undefined, key: keyof Bounds): Bounds =>
    value === undefined ? {} : { [key]: 1 - Number(value) };
  return { ...of(max, "min"), ...of(min, "max"), ...of(below, "above"), ...of(above, "below") };
}

function exactly(value: unknown): Bounds {
  const one = scalar(value);
  if (one === undefined) throw new NotImported("it has no value");
  return { min: one, max: one };
}

function scalar(value: unknown): CheckValue | undefined {
  return typeof value === "number" || typeof value === "string" || typeof value === "boolean" ? value : undefined;
}

function column(kwargs: Kwargs): string {
  return text(kwargs, "column");
}

function text(kwargs: Kwargs, key: string): string {
  const value = kwargs[key];
  if (typeof value === "string") return value;
  throw new NotImported(`it has no text ${key}`);
}

function number(kwargs: Kwargs, key: string): number {
  const value = kwargs[key];
  if (typeof value === "number") return value;
  throw new NotImported(`it has no number ${key}`);
}

function texts(kwargs: Kwargs, key: string): readonly string[] {
  const value = kwargs[key];
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new NotImported(`it has no list of texts ${key}`);
}

function values(kwargs: Kwargs): readonly CheckValue[] {
  const { value_set: given } = kwargs;
  if (!Array.isArray(given)) throw new NotImported("it has no list value_set");
  return given.flatMap((each: unknown) => scalar(each) ?? []);
}

function pairs(given: unknown): readonly Pair[] {
  if (!Array.isArray(given)) throw new NotImported("it has no list value_pairs_set");
  return given.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw new NotImported("a pair has two values");
    return [scalar(pair[0]) ?? null, scalar(pair[1]) ?? null];
  });
}

function isRecord(value: unknown): value is Kwargs {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
