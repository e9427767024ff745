/**
 * The gamma function and the upper tail of its distribution, from which the tails of the normal and the chi-square
 * distribution follow. Tails are computed as such and not as `1 - lower`, so that a p-value of 1e-60 is right in its
 * leading digits.
 */

/** Lanczos' coefficients for g = 7, n = 9 (Godfrey's computation; relative error below 1e-15). */
const LANCZOS: readonly [number, ...number[]] = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

const EPSILON = 1e-16;
const TINY = 1e-300;
const MOST_TERMS = 100_000;

/** Natural logarithm of gamma(x), x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const base = x + 6.5;
  const [first, ...others] = LANCZOS;
  const sum = others.reduce((total, coefficient, index) => total + coefficient / (x + index), first);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

/** Q(a, x): the share of the gamma distribution of shape `a` above x. DLMF 8.11.4 below a + 1, 8.9.2 above. */
export function upperGamma(a: number, x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - front * lowerSeries(a, x) : front * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MOST_TERMS && Math.abs(term) > Math.abs(sum) * EPSILON; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

/** The continued fraction by Lentz' method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < MOST_TERMS; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / notZero(numerator * d + b);
    c = notZero(b + numerator / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < EPSILON * 4) break;
  }
  return value;
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** P(X ≥ x) of the chi-square distribution. */
export function chiSquareTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2);
}

/** P(|Z| ≥ |z|) of the standard normal distribution. */
export function normalTwoSided(z: number): number {
  return upperGamma(0.5, (z * z) / 2);
}
