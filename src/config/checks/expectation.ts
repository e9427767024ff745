/** A value as a suite has it. */
export type CheckValue = string | number | boolean;

/** Limits of a figure; `min` and `max` belong to what is allowed, `above` and `below` do not. */
export interface Bounds extends FixedBounds {
  /** The largest change since the figure of before, as a share of that. */
  readonly change?: number;
}

export interface FixedBounds {
  readonly min?: CheckValue;
  readonly max?: CheckValue;
  readonly above?: CheckValue;
  readonly below?: CheckValue;
}

/** The kinds of values; a timestamp is no date, an integer is a number. */
export const VALUE_TYPES = ["integer", "number", "text", "boolean", "date", "timestamp"] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

export const TEXT_FORMATS = ["email", "uuid", "url", "date", "timestamp", "json"] as const;
export type TextFormat = (typeof TEXT_FORMATS)[number];

export const COMPARISONS = ["=", "<", "<=", ">", ">="] as const;
export type Comparison = (typeof COMPARISONS)[number];

/**
 * Rules that each row keeps or breaks. Rows without a value do not count, except where a rule says so: `not-null`
 * counts all rows; rules about several columns leave out rows in which all of them are missing.
 */
export type RowRule =
  | { readonly rule: "not-null" | "null"; readonly column: string }
  | { readonly rule: "type"; readonly column: string; readonly types: readonly ValueType[] }
  | { readonly rule: "between"; readonly column: string; readonly bounds: Bounds }
  | { readonly rule: "in" | "not-in"; readonly column: string; readonly values: readonly CheckValue[] }
  /** A pattern may match anywhere; with several, one of them (`any`) or all have to. */
  | {
      readonly rule: "matches" | "not-matches";
      readonly column: string;
      readonly patterns: readonly string[];
      readonly any?: boolean;
    }
  | { readonly rule: "length"; readonly column: string; readonly bounds: Bounds }
  | { readonly rule: "format"; readonly column: string; readonly format: TextFormat }
  /** As Python's strftime writes it. */
  | { readonly rule: "time-format"; readonly column: string; readonly format: string }
  /** Each row of a value that is there more than once breaks it. */
  | { readonly rule: "unique"; readonly columns: readonly string[] }
  /** Each value is there in a column of another table: of an input of the step, or of the suite's reference. */
  | { readonly rule: "references"; readonly column: string; readonly input?: string; readonly to: string }
  | { readonly rule: "increasing" | "decreasing"; readonly column: string; readonly strictly: boolean }
  | { readonly rule: "compare"; readonly left: string; readonly comparison: Comparison; readonly right: string }
  | { readonly rule: "pair-in"; readonly columns: readonly [string, string]; readonly pairs: readonly Pair[] }
  /** The columns of a row have different values. */
  | { readonly rule: "unique-within-row" | "equal-within-row"; readonly columns: readonly string[] }
  | { readonly rule: "sum-within-row"; readonly columns: readonly string[]; readonly total: number }
  /** Distance from the mean in standard deviations. */
  | { readonly rule: "z-score"; readonly column: string; readonly below: number; readonly bothSides: boolean }
  /** An SQL condition; a row for which it is unknown (null) breaks it. */
  | { readonly rule: "row"; readonly condition: string };

export type Pair = readonly [CheckValue | null, CheckValue | null];

export const COLUMN_FIGURES = [
  "mean",
  "median",
  "stddev",
  "sum",
  "minimum",
  "maximum",
  "distinct",
  "distinct-share",
  "null-share",
] as const;
export type ColumnFigure = (typeof COLUMN_FIGURES)[number];

/** Rules about one figure of the whole table. */
export type FigureRule =
  | { readonly rule: ColumnFigure; readonly column: string; readonly bounds: Bounds }
  | {
      readonly rule: "quantile";
      readonly column: string;
      readonly quantile: number;
      readonly bounds: Bounds;
      /** The value that is nearest, in place of one between two. */
      readonly nearest?: boolean;
    }
  /** The type that the table declares for a column; in a text file, the one that all its values have. */
  | { readonly rule: "declared-type"; readonly column: string; readonly types: readonly ValueType[] }
  | { readonly rule: "rows"; readonly bounds: Bounds }
  | { readonly rule: "column-count"; readonly bounds: Bounds }
  /** The newest value is not older than so many seconds. */
  | { readonly rule: "fresh"; readonly column: string; readonly seconds: number }
  /** Distinct values: no other than these, at least these, or exactly these. */
  | {
      readonly rule: "values-only" | "values-contain" | "values-equal";
      readonly column: string;
      readonly values: readonly CheckValue[];
    }
  /** All, where several values are the most common. */
  | { readonly rule: "most-common-in"; readonly column: string; readonly values: readonly CheckValue[] }
  | {
      readonly rule: "columns";
      readonly names: readonly string[];
      /** Others may be there, too. */
      readonly others: boolean;
      readonly ordered: boolean;
    }
  /** A query whose first value is true, or that gives no row. */
  | { readonly rule: "sql"; readonly query: string };

export interface ExpectationOptions {
  /** Broken, it fails the suite (`error`), or is told (`warn`). */
  readonly severity: "error" | "warn";
  /** The share of the counted rows that has to keep a row's rule. */
  readonly mostly?: number;
  /** An SQL condition; the others count as if they were not there. */
  readonly where?: string;
  readonly description?: string;
}

/** One expectation of a table. */
export type Expectation = ExpectationOptions & (RowRule | FigureRule);

const ROW_RULES: Readonly<Record<RowRule["rule"], true>> = {
  "not-null": true,
  null: true,
  type: true,
  between: true,
  in: true,
  "not-in": true,
  matches: true,
  "not-matches": true,
  length: true,
  format: true,
  "time-format": true,
  unique: true,
  references: true,
  increasing: true,
  decreasing: true,
  compare: true,
  "pair-in": true,
  "unique-within-row": true,
  "equal-within-row": true,
  "sum-within-row": true,
  "z-score": true,
  row: true,
};

export function isRowRule(rule: RowRule | FigureRule): rule is RowRule {
  return Object.hasOwn(ROW_RULES, rule.rule);
}

/** An expectation of the last value of a metadata key. */
export interface MetadataExpectation {
  readonly key: string;
  readonly severity: "error" | "warn";
  readonly bounds: Bounds;
  readonly values?: readonly CheckValue[];
  readonly description?: string;
}

/** An expectation that a table has not drifted away from another one. */
export interface DriftExpectation {
  /** `previous`, the name of an input of the step, or a URI. */
  readonly against: string;
  /** Drift of so many of the columns breaks it. */
  readonly share: number;
  readonly columns?: readonly string[];
  readonly severity: "error" | "warn";
  readonly description?: string;
}

interface TableCheck {
  readonly expectations: readonly Expectation[];
  readonly drift?: DriftExpectation;
  /** So many rows that break a rule are kept. */
  readonly examples: number;
  /** Columns whose values are kept nowhere. */
  readonly redact: readonly string[];
}

/** One of the checks of a step: of the files of an input, of outputs whose name matches, or of its metadata. */
export type StepCheck =
  | (TableCheck & { readonly kind: "input"; readonly input: string; readonly files?: string })
  | (TableCheck & { readonly kind: "output"; readonly output: string })
  | { readonly kind: "metadata"; readonly expectations: readonly MetadataExpectation[] };

export interface TableShape {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Returns the relation of DuckDB's SQL that has the table of another input; absent: that is `reference`. */
  readonly relationOf?: (input: string | undefined) => string | undefined;
}
