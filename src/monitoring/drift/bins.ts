import { countsOf, type Sample, sizeOf } from "./sample.ts";

/** The shares of two samples in the same bins. */
export interface Shares {
  readonly reference: readonly number[];
  readonly current: readonly number[];
}

/** A numeric reference with more distinct values than this is put into bins of equal width. */
const VALUES_UNBINNED = 20;

/** One bin a value, or for a numeric reference of many values bins of equal width over both samples. */
export function sharesOf(reference: Sample, current: Sample): Shares {
  if (reference.kind === "numeric" && current.kind === "numeric" && distinct(reference.sorted) > VALUES_UNBINNED) {
    const edges = sturgesEdges([reference.sorted, current.sorted]);
    return { reference: histogram(reference.sorted, edges), current: histogram(current.sorted, edges) };
  }
  const counts = countsOf(reference, current);
  return {
    reference: counts.map((count) => count.reference / sizeOf(reference)),
    current: counts.map((count) => count.current / sizeOf(current)),
  };
}

/** Without empty bins, of which no logarithm can be taken: as Evidently fills them, each side by its smallest share. */
export function filled({ reference, current }: Shares): Shares {
  return { reference: withoutZeros(reference), current: withoutZeros(current) };
}

function withoutZeros(shares: readonly number[]): readonly number[] {
  const smallest = Math.min(...shares.filter((share) => share !== 0));
  const floor = smallest <= 0.0001 ? smallest / 1e6 : 0.0001;
  return shares.map((share) => (share === 0 ? floor : share));
}

/**
 * The edges of bins of equal width by Sturges' rule, ⌈log₂ n + 1⌉ of them, as numpy computes them: a single value has a
 * bin of width 1 around it.
 */
export function sturgesEdges(samples: readonly Float64Array[]): readonly number[] {
  const size = samples.reduce((sum, sample) => sum + sample.length, 0);
  const least = Math.min(...samples.flatMap((sample) => sample[0] ?? []));
  const greatest = Math.max(...samples.flatMap((sample) => sample.at(-1) ?? []));
  if (least === greatest) return [least - 0.5, greatest + 0.5];
  const range = greatest - least;
  const bins = Math.ceil(range / (range / (Math.log2(size) + 1)));
  const width = range / bins;
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? greatest : index * width + least));
}

/** The share of each bin; a value on an edge belongs to the bin on its right, on the last edge to the last bin. */
export function histogram(sorted: Float64Array, edges: readonly number[]): readonly number[] {
  const shares: number[] = [];
  let at = 0;
  while (at < sorted.length && (sorted[at] as number) < (edges[0] as number)) at++;
  for (let bin = 1; bin < edges.length; bin++) {
    const edge = edges[bin] as number;
    const before = at;
    const isLast = bin === edges.length - 1;
    while (at < sorted.length && ((sorted[at] as number) < edge || (isLast && sorted[at] === edge))) at++;
    shares.push((at - before) / sorted.length);
  }
  return shares;
}

/** The shares of both samples between the deciles of the reference; the outer bins are open. */
export function decileShares(reference: Float64Array, current: Float64Array): Shares {
  const edges = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => quantile(reference, tenth / 10));
  const open = [Number.NEGATIVE_INFINITY, ...edges, Number.POSITIVE_INFINITY];
  return { reference: histogram(reference, open), current: histogram(current, open) };
}

/** Returns a quantile of a sorted sample, interpolated between the two nearest values (Hyndman and Fan's type 7). */
export function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (place - below);
}

export function distinct(sorted: Float64Array): number {
  let count = 0;
  for (let index = 0; index < sorted.length; index++) if (index === 0 || sorted[index] !== sorted[index - 1]) count++;
  return count;
}
