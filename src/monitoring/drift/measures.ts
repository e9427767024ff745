import {
  andersonDarling,
  chiSquareTail,
  kolmogorovSmirnov,
  normalTwoSided,
  wassersteinDistance,
} from "../../statistics/index.ts";
import { decileShares, filled, histogram, type Shares, sharesOf, sturgesEdges } from "./bins.ts";
import { countsOf, type Sample, sizeOf } from "./sample.ts";

/**
 * A way to say how far two samples of a column are apart. Names, formulas and default thresholds are those of
 * Evidently 0.7, so that figures can be held against it; `chi2_contingency` is that of scipy, and `psi_deciles` that of
 * the credit industry.
 */
export interface DriftMeasure {
  readonly name: string;
  /** A p-value says drift when it is small, a distance when it is great. */
  readonly scale: "p-value" | "distance";
  readonly kinds: readonly Sample["kind"][];
  readonly threshold: number;
  /** Both samples hold a value at least and are of one kind. NaN where the measure is not defined for them. */
  readonly score: (reference: Sample, current: Sample) => number;
}

const BOTH = ["numeric", "categorical"] as const;

export const DRIFT_MEASURES: readonly DriftMeasure[] = [
  numeric("ks", "p-value", 0.05, (a, b) => kolmogorovSmirnov(a, b).pValue),
  numeric("ks_statistic", "distance", 0.1, (a, b) => kolmogorovSmirnov(a, b).statistic),
  numeric("wasserstein", "distance", 0.1, (a, b) => wassersteinDistance(a, b) / Math.max(deviation(a), 0.001)),
  numeric("anderson", "p-value", 0.1, andersonDarling),
  numeric("psi_deciles", "distance", 0.25, (a, b) => stabilityIndex(floored(decileShares(a, b)))),
  { name: "psi", scale: "distance", kinds: BOTH, threshold: 0.1, score: onFilled(stabilityIndex) },
  { name: "kl_div", scale: "distance", kinds: BOTH, threshold: 0.1, score: onFilled(divergence) },
  {
    name: "jensenshannon",
    scale: "distance",
    kinds: BOTH,
    threshold: 0.1,
    score: (reference, current) => jensenShannon(sharesOf(reference, current)),
  },
  { name: "hellinger", scale: "distance", kinds: BOTH, threshold: 0.1, score: hellinger },
  { name: "chisquare", scale: "p-value", kinds: BOTH, threshold: 0.05, score: chiSquare },
  { name: "chi2_contingency", scale: "p-value", kinds: BOTH, threshold: 0.05, score: contingency },
  { name: "z", scale: "p-value", kinds: BOTH, threshold: 0.05, score: twoProportions },
];

/** Undefined for a name that is none. */
export function driftMeasure(name: string): DriftMeasure | undefined {
  return DRIFT_MEASURES.find((measure) => measure.name === name);
}

function numeric(
  name: string,
  scale: DriftMeasure["scale"],
  threshold: number,
  score: (reference: Float64Array, current: Float64Array) => number,
): DriftMeasure {
  return {
    ...{ name, scale, threshold, kinds: ["numeric"] },
    score: (reference, current) => {
      if (reference.kind !== "numeric" || current.kind !== "numeric") throw new Error(`${name} compares numbers`);
      return score(reference.sorted, current.sorted);
    },
  };
}

function onFilled(score: (shares: Shares) => number): DriftMeasure["score"] {
  return (reference, current) => score(filled(sharesOf(reference, current)));
}

/** As the industry's PSI has it: no share below 1e-4. */
function floored({ reference, current }: Shares): Shares {
  const floor = (share: number): number => Math.max(share, 1e-4);
  return { reference: reference.map(floor), current: current.map(floor) };
}

/** Σ (r − c) ln(r / c) */
function stabilityIndex({ reference, current }: Shares): number {
  return reference.reduce((sum, r, index) => {
    const c = current[index] as number;
    return sum + (r - c) * Math.log(r / c);
  }, 0);
}

/** Σ r ln(r / c) of shares that add up to one. */
function divergence(shares: Shares): number {
  const [reference, current] = [normalized(shares.reference), normalized(shares.current)];
  return reference.reduce((sum, r, index) => sum + relativeEntropy(r, current[index] as number), 0);
}

/** The distance, which is the root of the divergence; natural logarithm. */
function jensenShannon(shares: Shares): number {
  const [reference, current] = [normalized(shares.reference), normalized(shares.current)];
  const sum = reference.reduce((total, r, index) => {
    const c = current[index] as number;
    const middle = (r + c) / 2;
    return total + relativeEntropy(r, middle) + relativeEntropy(c, middle);
  }, 0);
  return Math.sqrt(Math.max(0, sum) / 2);
}

function hellinger(reference: Sample, current: Sample): number {
  const shares = hellingerShares(reference, current);
  const overlap = shares.reference.reduce((sum, r, index) => sum + Math.sqrt(r * (shares.current[index] as number)), 0);
  return Math.sqrt(1 - Math.min(1, Math.max(0, overlap)));
}

/** Numbers are put into bins whose number follows from that of the distinct values. */
function hellingerShares(reference: Sample, current: Sample): Shares {
  if (reference.kind !== "numeric" || current.kind !== "numeric") return sharesOf(reference, current);
  const values = countsOf(reference, current).map(({ value }) => value as number);
  const edges = sturgesEdges([Float64Array.from(values)]);
  return { reference: histogram(reference.sorted, edges), current: histogram(current.sorted, edges) };
}

/** One sample against the shares of the reference; a value that the reference lacks has no chance there. */
function chiSquare(reference: Sample, current: Sample): number {
  const counts = countsOf(reference, current);
  if (counts.length < 2) return Number.NaN;
  const scale = sizeOf(current) / sizeOf(reference);
  const statistic = counts.reduce(
    (sum, count) => sum + (count.current - count.reference * scale) ** 2 / (count.reference * scale),
    0,
  );
  return chiSquareTail(statistic, counts.length - 1);
}

/** Pearson's test of two samples, without a correction. */
function contingency(reference: Sample, current: Sample): number {
  const counts = countsOf(reference, current);
  if (counts.length < 2) return 1;
  const [n, m] = [sizeOf(reference), sizeOf(current)];
  const statistic = counts.reduce((sum, count) => {
    const both = count.reference + count.current;
    const [first, second] = [(both * n) / (n + m), (both * m) / (n + m)];
    return sum + (count.reference - first) ** 2 / first + (count.current - second) ** 2 / second;
  }, 0);
  return chiSquareTail(statistic, counts.length - 1);
}

/** Compares the shares of whatever is not the first value, with a pooled variance. */
function twoProportions(reference: Sample, current: Sample): number {
  const [first, ...others] = countsOf(reference, current);
  if (first === undefined || others.length === 0) return 1;
  const [n, m] = [sizeOf(reference), sizeOf(current)];
  const [p, q] = [1 - first.reference / n, 1 - first.current / m];
  const pooled = (p * n + q * m) / (n + m);
  return normalTwoSided((p - q) / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)));
}

function relativeEntropy(p: number, q: number): number {
  return p === 0 ? 0 : p * Math.log(p / q);
}

function normalized(shares: readonly number[]): readonly number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** The standard deviation of the sample itself, without Bessel's correction. */
function deviation(sorted: Float64Array): number {
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length);
}
