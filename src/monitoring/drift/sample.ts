/** A column as it comes: null for what is missing. */
export type Column = readonly (number | string | boolean | null)[];

/** A column of which only values are left that a test can use. */
export type Sample =
  | {
      readonly kind: "numeric";
      /** Finite, in their order. */
      readonly sorted: Float64Array;
    }
  | {
      readonly kind: "categorical";
      /** Number of times that each value is there. */
      readonly counts: ReadonlyMap<string, number>;
    };

/** Drops what is missing, not a number or infinite, and puts numbers in their order. Texts are no numbers. */
export function numericSample(column: Column): Sample & { readonly kind: "numeric" } {
  const finite = column.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  return { kind: "numeric", sorted: Float64Array.from(finite).sort() };
}

/** Drops what is missing or infinite; numbers and texts of one spelling are one category. */
export function categoricalSample(column: Column): Sample & { readonly kind: "categorical" } {
  const counts = new Map<string, number>();
  for (const value of column) {
    if (value === null || (typeof value === "number" && !Number.isFinite(value))) continue;
    counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  }
  return { kind: "categorical", counts };
}

export function sizeOf(sample: Sample): number {
  if (sample.kind === "numeric") return sample.sorted.length;
  return [...sample.counts.values()].reduce((sum, count) => sum + count, 0);
}

/** Counts the values of two samples of one kind: numbers in their order, texts in that of their code units. */
export function countsOf(reference: Sample, current: Sample): readonly PairedCount[] {
  const counts = new Map<number | string, { reference: number; current: number }>();
  const add = (sample: Sample, side: "reference" | "current"): void => {
    for (const [value, times] of valueCounts(sample)) {
      const count = counts.get(value) ?? { reference: 0, current: 0 };
      count[side] += times;
      counts.set(value, count);
    }
  };
  add(reference, "reference");
  add(current, "current");
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, count]) => ({ value, ...count }));
}

function* valueCounts(sample: Sample): Iterable<readonly [number | string, number]> {
  if (sample.kind === "categorical") return yield* sample.counts;
  for (const value of sample.sorted) yield [value, 1];
}

export interface PairedCount {
  readonly value: number | string;
  readonly reference: number;
  readonly current: number;
}
