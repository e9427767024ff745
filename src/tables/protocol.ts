import type { Advice } from "../advice.ts";
import type { ErrorCode } from "../errors.ts";

/** The questions to the process of the tables; each request is answered once, in any order. */
export type TablesRequest =
  | { readonly kind: "describe"; readonly table: number }
  | { readonly kind: "numbers"; readonly table: number; readonly column: string; readonly most: number }
  | { readonly kind: "counts"; readonly table: number; readonly column: string; readonly most: number }
  | { readonly kind: "profile"; readonly table: number; readonly limits: ProfileLimits }
  /** About all tables. */
  | { readonly kind: "query"; readonly sql: string; readonly most: number; readonly timeoutMs: number };

/** Limits of the part of a table that is looked at for a profile of it. */
export interface ProfileLimits {
  /** The first so many rows. */
  readonly rows: number;
  /** The first so many columns. */
  readonly columns: number;
  /** So many rows are given as they are. */
  readonly shown: number;
}

/** Returns the name of a table in queries. */
export function relationOf(table: number): string {
  return `table_${table}`;
}

export interface TableColumn {
  readonly name: string;
  /** As DuckDB names it: `BIGINT`, `VARCHAR`, `TIMESTAMP WITH TIME ZONE`, `DECIMAL(18,3)` … */
  readonly type: string;
}

export interface TableDescription {
  readonly columns: readonly TableColumn[];
  readonly rows: number;
}

/** The numbers of a column without what is missing or infinite. */
export interface ColumnNumbers {
  readonly values: Float64Array;
  /** Number of rows that have none. */
  readonly missing: number;
  /** Only a part of the rows was looked at, drawn at random with a fixed seed. */
  readonly isSample: boolean;
}

/** Number of times that each value of a column is there, written as text; the most frequent first. */
export interface ColumnCounts {
  readonly values: readonly (readonly [value: string, count: number])[];
  readonly missing: number;
  /** An estimate, and no values, where there are far more than were asked for. */
  readonly distinct: number;
}

/** The content of each column of a table, over its first rows, and some of these rows. */
export interface TableProfile {
  /** Rows of the whole table. */
  readonly rows: number;
  readonly profiledRows: number;
  /** Columns of the whole table; `columns` may have fewer. */
  readonly columnCount: number;
  readonly columns: readonly ColumnProfile[];
  /** A text for each column, `null` for a missing value. */
  readonly first: readonly (readonly (string | null)[])[];
}

export interface ColumnProfile extends TableColumn {
  /** `other`: lists, records and bytes, of which only what is missing is counted. */
  readonly kind: "number" | "time" | "text" | "other";
  readonly missing: number;
  /** An estimate, some percent off, where there are many. */
  readonly distinct: number | null;
  /** As texts. */
  readonly min: string | null;
  readonly max: string | null;
  readonly mean: number | null;
  readonly deviation: number | null;
  /** At 25, 50 and 75 %. */
  readonly quartiles: readonly number[];
  /** Numbers of values in each of so many parts of equal width between the least and the greatest. */
  readonly bins: readonly number[];
  /** The most frequent values, where a value comes often enough to stand for something. */
  readonly top: readonly { readonly value: string; readonly count: number }[];
}

/** Values as JSON has them: whole numbers that are too large for a number, decimals and times as text. */
export interface QueryAnswer {
  readonly rows: readonly (readonly unknown[])[];
  /** There are more rows. */
  readonly isCut: boolean;
}

export interface TablesAnswers {
  readonly profile: TableProfile;
  readonly describe: TableDescription;
  readonly numbers: ColumnNumbers;
  readonly counts: ColumnCounts;
  readonly query: QueryAnswer;
}

/** The first message to the process. */
export interface TablesStart {
  readonly files: readonly TableFile[];
  readonly memoryBytes: number;
  readonly folder: string;
}

/** One table: a file, or several that are read as one. */
export interface TableFile {
  /** Links of harmless names in the process's own folder. */
  readonly links: readonly string[];
  readonly format: TableFormat;
}

export type TableFormat = "parquet" | "csv" | "json";

export type TablesReply =
  | { readonly id: number; readonly answer: TablesAnswers[keyof TablesAnswers] }
  | { readonly id: number; readonly error: TablesFailure };

export interface TablesFailure {
  readonly message: string;
  /** The code of an error that Headrace knows. */
  readonly code?: ErrorCode;
  readonly hint?: Advice;
}
