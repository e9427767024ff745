import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { chiSquareTail, normalTwoSided } from "./gamma.ts";
import { kolmogorovTail } from "./kolmogorov.ts";
import { normalShare } from "./normal.ts";
import { andersonDarling, kolmogorovSmirnov, wassersteinDistance } from "./two-samples.ts";

interface Answers {
  readonly kolmogorovTail: readonly (readonly [n: number, d: number, p: number])[];
  readonly chiSquareTail: readonly (readonly [x: number, degrees: number, p: number])[];
  readonly normalTwoSided: readonly (readonly [z: number, p: number])[];
  readonly twoSamples: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly statistic: number;
    readonly pValue: number;
    readonly anderson: number | null;
    readonly wasserstein: number;
  }[];
}

const scipy = JSON.parse(readFileSync(new URL("./fixtures/scipy.json", import.meta.url), "utf8")) as Answers;

function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-8 * Math.abs(expected));
}

describe("tails agree with scipy in their leading digits, however small they are", () => {
  test.each(scipy.kolmogorovTail)("kstwo.sf of %d values at %d", (n, d, p) => expectClose(kolmogorovTail(n, d), p));
  test.each(scipy.chiSquareTail)("chi2.sf(%d, %d)", (x, degrees, p) => expectClose(chiSquareTail(x, degrees), p));
  test.each(scipy.normalTwoSided)("2 norm.sf(%d)", (z, p) => {
    expectClose(normalTwoSided(z), p);
    expectClose(2 * normalShare(-z), p);
    expectClose(normalShare(z), 1 - p / 2);
  });
});

describe.each(scipy.twoSamples)("two samples of $a.length and $b.length values", (sample) => {
  const a = Float64Array.from(sample.a).sort();
  const b = Float64Array.from(sample.b).sort();

  it("have scipy's Kolmogorov-Smirnov test", () => {
    const { statistic, pValue } = kolmogorovSmirnov(a, b);
    expectClose(statistic, sample.statistic);
    expectClose(pValue, sample.pValue);
  });

  it("have scipy's Wasserstein distance", () => expectClose(wassersteinDistance(a, b), sample.wasserstein));

  // scipy refuses samples of one value.
  const { anderson } = sample;
  if (anderson !== null) it("have scipy's Anderson-Darling test", () => expectClose(andersonDarling(a, b), anderson));
});

/** All orders of the two samples, one by one. */
function shareOfOrders(n: number, m: number, statistic: number): number {
  let reached = 0;
  let all = 0;
  const walk = (i: number, j: number, far: boolean): void => {
    const isFar = far || Math.abs(i / n - j / m) >= statistic - 1e-12;
    if (i === n && j === m) {
      all++;
      if (isFar) reached++;
      return;
    }
    if (i < n) walk(i + 1, j, isFar);
    if (j < m) walk(i, j + 1, isFar);
  };
  walk(0, 0, false);
  return reached / all;
}

test("the exact p-value counts the orders in which the distance is at least as great", () => {
  const sample = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(sample, sample, (first, second) => {
      const [a, b] = [Float64Array.from(first).sort(), Float64Array.from(second).sort()];
      const { statistic, pValue } = kolmogorovSmirnov(a, b);
      expect(pValue).toBeCloseTo(shareOfOrders(a.length, b.length, statistic), 12);
      expect(kolmogorovSmirnov(b, a).pValue).toBeCloseTo(pValue, 12);
    }),
  );
});
