import { logGamma } from "./gamma.ts";

/**
 * The distribution of Kolmogorov's statistic of one sample, P(D ≥ d), for `n` values. The method of each region is that
 * of Simard and L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", J. Stat. Softw. 39(11), 2011.
 */
export function kolmogorovTail(n: number, d: number): number {
  if (d >= 1) return 0;
  const t = n * d;
  if (t <= 0.5) return 1;
  if (t <= 1) return 1 - Math.exp(logGamma(n + 1) - n * Math.log(n) + n * Math.log(2 * t - 1));
  if (t >= n - 1) return 2 * (1 - d) ** n;
  const size = t * d;
  // From here on the two one-sided events exclude each other nearly or exactly.
  if (d >= 0.5 || size >= (n <= 140 ? 4 : 2.2)) return Math.min(1, 2 * oneSidedTail(n, d));
  const isSmall = n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4);
  return Math.min(1, Math.max(0, isSmall ? 1 - durbinShare(n, d) : pelzGoodTail(n, d)));
}

/** P(D+ ≥ d) by Smirnov's sum; each term is positive. */
function oneSidedTail(n: number, d: number): number {
  const last = Math.floor(n * (1 - d));
  const logFactorial = logFactorials(n);
  const all = logFactorial[n] as number;
  let sum = 0;
  for (let v = 0; v <= last; v++) {
    const rest = 1 - d - v / n;
    if (rest <= 0 && v < n) continue;
    const choose = all - (logFactorial[v] as number) - (logFactorial[n - v] as number);
    const tail = v === n ? 0 : (n - v) * Math.log(rest);
    sum += Math.exp(choose + (v - 1) * Math.log(d + v / n) + tail);
  }
  return d * sum;
}

/** A table of ln k!, which the columns of one comparison share; each entry on its own, so that no error adds up. */
function logFactorials(n: number): Float64Array {
  if (known.length <= n) {
    const before = known;
    known = new Float64Array(n + 1);
    known.set(before);
    for (let k = before.length; k <= n; k++) known[k] = logGamma(k + 1);
  }
  return known;
}

let known = new Float64Array(0);

/** P(D < d) by Durbin's matrix, as Marsaglia, Tsang and Wang compute its power (J. Stat. Softw. 8(18), 2003). */
function durbinShare(n: number, d: number): number {
  const k = Math.floor(n * d) + 1;
  const m = 2 * k - 1;
  const h = k - n * d;
  const { matrix, exponent } = power(durbinMatrix(m, h), m, n);
  let value = matrix[(k - 1) * m + k - 1] ?? Number.NaN;
  let scale = exponent;
  for (let i = 1; i <= n; i++) {
    value = (value * i) / n;
    if (value < 1e-140) {
      value *= 1e140;
      scale -= 140;
    }
  }
  return value * 10 ** scale;
}

function durbinMatrix(m: number, h: number): Float64Array {
  const matrix = new Float64Array(m * m);
  const at = (row: number, column: number): number => row * m + column;
  for (let row = 0; row < m; row++)
    for (let column = 0; column < m; column++) matrix[at(row, column)] = row - column + 1 >= 0 ? 1 : 0;
  for (let index = 0; index < m; index++) {
    matrix[at(index, 0)] = (matrix[at(index, 0)] ?? 0) - h ** (index + 1);
    matrix[at(m - 1, index)] = (matrix[at(m - 1, index)] ?? 0) - h ** (m - index);
  }
  if (2 * h - 1 > 0) matrix[at(m - 1, 0)] = (matrix[at(m - 1, 0)] ?? 0) + (2 * h - 1) ** m;
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < Math.min(m, row + 2); column++) {
      for (let factor = 1; factor <= row - column + 1; factor++)
        matrix[at(row, column)] = (matrix[at(row, column)] ?? 0) / factor;
    }
  }
  return matrix;
}

interface Scaled {
  readonly matrix: Float64Array;
  /** The exponent of ten. */
  readonly exponent: number;
}

function power(matrix: Float64Array, m: number, n: number): Scaled {
  let base: Scaled = { matrix, exponent: 0 };
  let result: Scaled | undefined;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? base : product(result, base, m);
    if (rest > 1) base = product(base, base, m);
  }
  return result ?? base;
}

function product(a: Scaled, b: Scaled, m: number): Scaled {
  const matrix = new Float64Array(m * m);
  for (let row = 0; row < m; row++) {
    for (let inner = 0; inner < m; inner++) {
      const factor = a.matrix[row * m + inner] ?? 0;
      if (factor === 0) continue;
      for (let column = 0; column < m; column++)
        matrix[row * m + column] = (matrix[row * m + column] ?? 0) + factor * (b.matrix[inner * m + column] ?? 0);
    }
  }
  const middle = matrix[((m - 1) / 2) * m + (m - 1) / 2] ?? 0;
  if (middle <= 1e140) return { matrix, exponent: a.exponent + b.exponent };
  return { matrix: matrix.map((value) => value * 1e-140), exponent: a.exponent + b.exponent + 140 };
}

/**
 * 1 - P(D < d) by the expansion in powers of 1/√n of Pelz and Good, "Approximating the lower tail-areas of the
 * Kolmogorov-Smirnov one-sample statistic", J. R. Stat. Soc. B 38, 1976.
 */
function pelzGoodTail(n: number, d: number): number {
  const z = Math.sqrt(n) * d;
  const sums = [0, 0, 0, 0];
  const terms = Math.ceil((16 * z) / Math.PI) + 1;
  for (let k = 1; k <= terms; k++) {
    const odd = (Math.PI * (2 * k - 1)) / 2;
    const weight = Math.exp(-(odd * odd) / (2 * z * z));
    oddTerms(z, odd * odd).forEach((term, index) => {
      sums[index] = (sums[index] ?? 0) + term * weight;
    });
  }
  const extra = [0, 0];
  for (let k = 1; k <= terms; k++) {
    const even = (Math.PI * k) ** 2;
    const weight = even * Math.exp(-even / (2 * z * z));
    extra[0] = (extra[0] ?? 0) + weight;
    extra[1] = (extra[1] ?? 0) + weight * (3 * z * z - even);
  }
  const root = Math.sqrt(2 * Math.PI);
  const share =
    (root * (sums[0] ?? 0)) / z +
    (root * (sums[1] ?? 0)) / (6 * z ** 4) / Math.sqrt(n) +
    ((root * (sums[2] ?? 0)) / (72 * z ** 7) - (root * (extra[0] ?? 0)) / (36 * z ** 3)) / n +
    ((root * (sums[3] ?? 0)) / (6480 * z ** 10) + (root * (extra[1] ?? 0)) / (216 * z ** 6)) / n ** 1.5;
  return 1 - share;
}

/** The polynomials of the expansion in the square of `π (k - 1/2)`. */
function oddTerms(z: number, square: number): readonly [number, number, number, number] {
  const z2 = z * z;
  const z4 = z2 * z2;
  const z6 = z4 * z2;
  return [
    1,
    square - z2,
    6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * square + (1 - 2 * z2) * square ** 2,
    -30 * z6 -
      90 * z4 * z4 +
      (135 * z4 - 96 * z6) * square +
      (212 * z4 - 60 * z2) * square ** 2 +
      (5 - 30 * z2) * square ** 3,
  ];
}
