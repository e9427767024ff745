import { distinct, histogram, quantile, sharesOf, sturgesEdges } from "./bins.ts";
import { type DriftMeasure, driftMeasure } from "./measures.ts";
import { countsOf, type PairedCount, type Sample, sizeOf } from "./sample.ts";

/**
 * The way in which a verdict is found: by default with effect and significance both, or exactly as Evidently's defaults
 * do.
 */
export type DriftFlavour = "default" | "evidently";

/** Two samples of a column that is in both tables. */
export interface ColumnPair {
  readonly name: string;
  readonly reference: Sample;
  readonly current: Sample;
}

export interface DriftScore {
  readonly measure: string;
  readonly scale: DriftMeasure["scale"];
  /** null where the measure is not defined, e.g. where all values are the same. */
  readonly score: number | null;
  readonly threshold: number;
}

export interface ColumnDrift {
  readonly name: string;
  readonly kind: Sample["kind"];
  /** `few` where a side has too few values to say anything. */
  readonly verdict: "drifted" | "stable" | "few";
  readonly scores: readonly DriftScore[];
  readonly referenceCount: number;
  readonly currentCount: number;
}

export interface DriftOptions {
  readonly flavour: DriftFlavour;
  /** Fewer values than this on a side, and a column has no verdict. */
  readonly leastCount: number;
}

/** A p-value above this, after the correction for the number of columns, may be chance. */
const SIGNIFICANCE = 0.05;
/** Cells in which fewer than this are expected are put together: below it the chi-square distribution does not hold. */
const LEAST_EXPECTED = 5;

/** Compares columns. The p-values of all of them are corrected together, so that many columns alone are no drift. */
export function compareColumns(pairs: readonly ColumnPair[], options: DriftOptions): readonly ColumnDrift[] {
  const scored = pairs.map((pair) => {
    const counts = { referenceCount: sizeOf(pair.reference), currentCount: sizeOf(pair.current) };
    const isFew = Math.min(counts.referenceCount, counts.currentCount) < Math.max(1, options.leastCount);
    const scores = isFew ? [] : scoresOf(pair, options.flavour);
    return { name: pair.name, kind: pair.reference.kind, isFew, scores, ...counts };
  });
  const rejected =
    options.flavour === "evidently" ? undefined : significant(scored.map(({ scores }) => pValueOf(scores)));
  return scored.map(({ isFew, ...column }, index) => ({
    ...column,
    verdict: isFew ? "few" : isDrifted(column.scores, rejected?.[index]) ? "drifted" : "stable",
  }));
}

function isDrifted(scores: readonly DriftScore[], isSignificant: boolean | undefined): boolean {
  if (isSignificant === undefined) return scores.some(isBeyond);
  return isSignificant && scores.some((each) => each.scale === "distance" && isBeyond(each));
}

function isBeyond({ score, scale, threshold }: DriftScore): boolean {
  if (score === null) return false;
  return scale === "p-value" ? score < threshold : score >= threshold;
}

function scoresOf({ reference, current }: ColumnPair, flavour: DriftFlavour): readonly DriftScore[] {
  if (flavour === "evidently") return [scoreBy(evidentlyDefault(reference, current), reference, current)];
  const names = reference.kind === "numeric" ? ["ks", "wasserstein"] : ["chi2_contingency", "jensenshannon"];
  return names.map((name) =>
    name === "chi2_contingency" ? scoreBy(name, ...pooled(reference, current)) : scoreBy(name, reference, current),
  );
}

function scoreBy(name: string, reference: Sample, current: Sample): DriftScore {
  const measure = driftMeasure(name);
  if (measure === undefined) throw new Error(`there is no measure ${name}`);
  const score = measure.score(reference, current);
  return {
    ...{ measure: name, scale: measure.scale, threshold: measure.threshold },
    score: Number.isFinite(score) ? score : null,
  };
}

/** Evidently 0.7 chooses by the size of the reference and by the number of distinct values of both sides. */
function evidentlyDefault(reference: Sample, current: Sample): string {
  const values =
    reference.kind === "categorical" ? countsOf(reference, current).length : distinctOf(reference, current);
  const isSmall = sizeOf(reference) <= 1_000;
  if (reference.kind === "numeric" && values > 5) return isSmall ? "ks" : "wasserstein";
  if (!isSmall) return "jensenshannon";
  return values > 2 ? "chisquare" : "z";
}

function distinctOf(reference: Sample, current: Sample): number {
  if (reference.kind !== "numeric" || current.kind !== "numeric") return countsOf(reference, current).length;
  const both = new Float64Array(reference.sorted.length + current.sorted.length);
  both.set(reference.sorted);
  both.set(current.sorted, reference.sorted.length);
  return distinct(both.sort());
}

/** Puts rare values together. */
function pooled(reference: Sample, current: Sample): readonly [Sample, Sample] {
  const [n, m] = [sizeOf(reference), sizeOf(current)];
  const isRare = ({ reference: a, current: b }: PairedCount): boolean =>
    ((a + b) * Math.min(n, m)) / (n + m) < LEAST_EXPECTED;
  const sides = { reference: new Map<string, number>(), current: new Map<string, number>() };
  for (const count of countsOf(reference, current)) {
    // No value of a column begins with this character in practice, and if one does, it is rare as well.
    const name = isRare(count) ? "\u0000rare" : String(count.value);
    for (const side of ["reference", "current"] as const)
      sides[side].set(name, (sides[side].get(name) ?? 0) + count[side]);
  }
  return [
    { kind: "categorical", counts: sides.reference },
    { kind: "categorical", counts: sides.current },
  ];
}

function pValueOf(scores: readonly DriftScore[]): number | undefined {
  return scores.find(({ scale }) => scale === "p-value")?.score ?? undefined;
}

/** By Benjamini and Hochberg ("Controlling the false discovery rate", 1995). */
function significant(pValues: readonly (number | undefined)[]): readonly boolean[] {
  const known = pValues.filter((p) => p !== undefined).sort((a, b) => a - b);
  const last = known.findLastIndex((p, index) => p <= (SIGNIFICANCE * (index + 1)) / known.length);
  const limit = last === -1 ? Number.NEGATIVE_INFINITY : (known[last] as number);
  return pValues.map((p) => p !== undefined && p <= limit);
}

/** The shape of a column on both sides, to be shown: shares in common bins, or of the most frequent values. */
export interface ColumnShape {
  readonly bins: readonly { readonly label: string; readonly reference: number; readonly current: number }[];
  /** For a numeric column: its quantiles at 5, 25, 50, 75 and 95 %. */
  readonly quantiles: { readonly reference: readonly number[]; readonly current: readonly number[] } | null;
}

const SHOWN_VALUES = 12;
const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];

export function shapeOf({ reference, current }: ColumnPair): ColumnShape {
  if (reference.kind === "numeric" && current.kind === "numeric") {
    const all = [reference.sorted, current.sorted].filter((sorted) => sorted.length > 0);
    const edges = all.length === 0 ? [] : sturgesEdges(all);
    const [a, b] = [histogram(reference.sorted, edges), histogram(current.sorted, edges)];
    const quantiles = (sorted: Float64Array): number[] =>
      sorted.length === 0 ? [] : QUANTILES.map((share) => quantile(sorted, share));
    return {
      bins: a.map((share, index) => ({
        label: `${edges[index]} … ${edges[index + 1]}`,
        ...{ reference: numberOr0(share), current: numberOr0(b[index]) },
      })),
      quantiles: { reference: quantiles(reference.sorted), current: quantiles(current.sorted) },
    };
  }
  const shares = sharesOf(reference, current);
  const bins = countsOf(reference, current)
    .map(({ value }, index) => ({
      label: String(value),
      ...{ reference: numberOr0(shares.reference[index]), current: numberOr0(shares.current[index]) },
    }))
    .sort((a, b) => b.reference + b.current - (a.reference + a.current));
  return { bins: bins.slice(0, SHOWN_VALUES), quantiles: null };
}

/** An empty side has no shares. */
function numberOr0(share: number | undefined): number {
  return share === undefined || Number.isNaN(share) ? 0 : share;
}
