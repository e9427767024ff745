/**
 * The question that a rule asks of a table, in SQL over the relation `scope`: the table, or those of its rows that an
 * expectation is about.
 */
export type Probe = RowProbe | FigureProbe | QueryProbe;

export interface RowProbe {
  readonly kind: "rows";
  /** True for the rows that count. */
  readonly counted: string;
  /** True for those that break the rule; unknown counts as kept. May look at other rows (`OVER`). */
  readonly bad: string;
  /** `bad` is unknown for rows that do not count. */
  readonly isUnknownElsewhere?: boolean;
  /** The number of rows that count, where that is quicker to find. */
  readonly count?: string;
  /** The number of bad rows as one value, where `bad` looks at other rows, or where that is quicker. */
  readonly badCount?: string;
  /** The columns that show why. */
  readonly shows: readonly string[];
}

export interface FigureProbe {
  readonly kind: "figure";
  readonly observed: string;
  /** Unknown counts as broken. */
  readonly holds: string;
  /** The number of values that break it, where the rule is about values. */
  readonly badCount?: string;
}

/** A query of a user's own, which cannot be part of another. */
export interface QueryProbe {
  readonly kind: "query";
  readonly query: string;
}
