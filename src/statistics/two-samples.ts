import { kolmogorovTail } from "./kolmogorov.ts";

/** Above this size of a sample the exact p-value is replaced by the one-sample distribution of the effective size. */
const EXACT_UP_TO = 10_000;

export interface KolmogorovSmirnov {
  /** The greatest distance between the two step functions. */
  readonly statistic: number;
  readonly pValue: number;
}

/** The two-sided test of two sorted samples, exact as long as the larger has at most 10,000 values. */
export function kolmogorovSmirnov(a: Float64Array, b: Float64Array): KolmogorovSmirnov {
  const divisor = greatestDivisor(a.length, b.length);
  const common = (a.length / divisor) * b.length;
  const distance = greatestDistance(a, b) / divisor;
  const statistic = distance / common;
  if (distance === 0) return { statistic: 0, pValue: 1 };
  if (Math.max(a.length, b.length) <= EXACT_UP_TO)
    return { statistic, pValue: Math.min(1, exactShare(a.length, b.length, divisor, distance)) };
  const effective = (a.length * b.length) / (a.length + b.length);
  return { statistic, pValue: kolmogorovTail(roundToEven(effective), statistic) };
}

/** In units of 1 / (n m), so that it is exact. */
function greatestDistance(a: Float64Array, b: Float64Array): number {
  let greatest = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    greatest = Math.max(greatest, Math.abs(i * b.length - j * a.length));
  }
  return greatest;
}

/**
 * The share of all orders of the two samples in which the distance reaches `distance` (in units of one over the least
 * common multiple of the sizes). An order is a path on the grid; a path that ends at (i, j) came from the left with
 * probability i / (i + j). Shares of paths that have left the band are added up, so that small ones keep their digits.
 */
function exactShare(n: number, m: number, divisor: number, distance: number): number {
  const [long, short] = n >= m ? [n, m] : [m, n];
  const longStep = short / divisor;
  const shortStep = long / divisor;
  const isOutside = (i: number, j: number): boolean => Math.abs(longStep * i - shortStep * j) >= distance;
  const left = new Float64Array(short + 1).fill(1);
  for (let j = 0; j <= short && !isOutside(0, j); j++) left[j] = 0;
  for (let i = 1; i <= long; i++) {
    const low = Math.max(0, Math.floor((longStep * i - distance) / shortStep) + 1);
    const high = Math.min(short, Math.ceil((longStep * i + distance) / shortStep) - 1);
    if (low > high) return 1;
    // All values below the band have left it.
    let below = 1;
    if (low > 0) left[low - 1] = 1;
    for (let j = low; j <= high; j++) {
      below = j === 0 ? (left[0] as number) : ((left[j] as number) * i + below * j) / (i + j);
      left[j] = below;
    }
    if (high < short) left[high + 1] = 1;
  }
  return left[short] as number;
}

/** The area between the two step functions of sorted samples (the first Wasserstein distance). */
export function wassersteinDistance(a: Float64Array, b: Float64Array): number {
  let area = 0;
  let i = 0;
  let j = 0;
  let last = Math.min(a[0] as number, b[0] as number);
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    area += Math.abs(i / a.length - j / b.length) * (value - last);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    last = value;
  }
  return area;
}

const SIGNIFICANCE = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001] as const;
/** Critical values of two samples: the three rows of coefficients of table 2 of the paper, added up. */
const CRITICAL = [
  [0.675, -0.245, -0.105],
  [1.281, 0.25, -0.305],
  [1.645, 0.678, -0.362],
  [1.96, 1.149, -0.391],
  [2.326, 1.822, -0.396],
  [2.573, 2.364, -0.345],
  [3.085, 3.615, -0.154],
].map((row) => row.reduce((sum, value) => sum + value, 0));

/**
 * The p-value of the Anderson-Darling test of two sorted samples with ties (Scholz and Stephens, "K-sample
 * Anderson-Darling tests", JASA 82, 1987, A²akN), interpolated as they propose and held between 0.001 and 0.25, beyond
 * which the table says nothing. NaN where all values are the same.
 */
export function andersonDarling(a: Float64Array, b: Float64Array): number {
  const total = a.length + b.length;
  let i = 0;
  let j = 0;
  let sumA = 0;
  let sumB = 0;
  let distinct = 0;
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY);
    const [beforeA, beforeB] = [i, j];
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    const here = i - beforeA + (j - beforeB);
    const below = beforeA + beforeB + here / 2;
    const spread = below * (total - below) - (total * here) / 4;
    distinct++;
    if (spread === 0) continue;
    sumA += ((here / total) * (total * (beforeA + (i - beforeA) / 2) - below * a.length) ** 2) / spread;
    sumB += ((here / total) * (total * (beforeB + (j - beforeB) / 2) - below * b.length) ** 2) / spread;
  }
  if (distinct < 2) return Number.NaN;
  const statistic = ((sumA / a.length + sumB / b.length) * (total - 1)) / total;
  const standardized = (statistic - 1) / Math.sqrt(andersonVariance(a.length, b.length));
  const [p0, p1, p2] = parabola(
    CRITICAL,
    SIGNIFICANCE.map((level) => Math.log(level)),
  );
  if (standardized < Math.min(...CRITICAL)) return 0.25;
  if (standardized > Math.max(...CRITICAL)) return 0.001;
  return Math.exp(p0 + p1 * standardized + p2 * standardized ** 2);
}

/** Returns the variance for two samples; the paper's equation 4. */
function andersonVariance(n: number, m: number): number {
  const total = n + m;
  const k = 2;
  const inverse = 1 / n + 1 / m;
  const harmonics = new Float64Array(total);
  for (let index = 1; index < total; index++) harmonics[index] = (harmonics[index - 1] as number) + 1 / index;
  const h = harmonics[total - 1] as number;
  let g = 0;
  for (let index = 1; index <= total - 2; index++) g += (h - (harmonics[index] as number)) / (total - index);
  const a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * inverse;
  const b = (2 * g - 4) * k ** 2 + 8 * h * k + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6;
  const c = (6 * h + 2 * g - 2) * k ** 2 + (4 * h - 4 * g + 6) * k + (2 * h - 6) * inverse + 4 * h;
  const d = (2 * h + 6) * k ** 2 - 4 * h * k;
  return (a * total ** 3 + b * total ** 2 + c * total + d) / ((total - 1) * (total - 2) * (total - 3));
}

/** Least squares: y = p0 + p1 x + p2 x². */
function parabola(xs: readonly number[], ys: readonly number[]): readonly [number, number, number] {
  const moment = (power: number): number => xs.reduce((sum, x) => sum + x ** power, 0);
  const mixed = (power: number): number => xs.reduce((sum, x, index) => sum + x ** power * (ys[index] ?? 0), 0);
  const [s0, s1, s2, s3, s4] = [moment(0), moment(1), moment(2), moment(3), moment(4)] as const;
  const [t0, t1, t2] = [mixed(0), mixed(1), mixed(2)] as const;
  const determinant = (m: readonly (readonly [number, number, number])[]): number => {
    const [[a, b, c], [d, e, f], [g, h, i]] = m as [
      [number, number, number],
      [number, number, number],
      [number, number, number],
    ];
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  };
  const whole = determinant([
    [s0, s1, s2],
    [s1, s2, s3],
    [s2, s3, s4],
  ]);
  return [
    determinant([
      [t0, s1, s2],
      [t1, s2, s3],
      [t2, s3, s4],
    ]) / whole,
    determinant([
      [s0, t0, s2],
      [s1, t1, s3],
      [s2, t2, s4],
    ]) / whole,
    determinant([
      [s0, s1, t0],
      [s1, s2, t1],
      [s2, s3, t2],
    ]) / whole,
  ];
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
