import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { histogram, quantile, sturgesEdges } from "./bins.ts";
import { DRIFT_MEASURES, driftMeasure } from "./measures.ts";
import { type Column, categoricalSample, numericSample, type Sample } from "./sample.ts";

function score(name: string, reference: Column, current: Column, kind: Sample["kind"] = "numeric"): number {
  const measure = driftMeasure(name);
  if (measure === undefined) throw new Error(`there is no measure ${name}`);
  const sample = kind === "numeric" ? numericSample : categoricalSample;
  return measure.score(sample(reference), sample(current));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe("measures of drift", () => {
  // Figures of scipy and Evidently 0.7.23 for these samples.
  it.each([
    ["ks", 0.9104895104895104],
    ["wasserstein", 0.5356257305792539],
    ["psi", 14.38453923299693],
    ["kl_div", 7.120929073792477],
    ["anderson", 0.25],
  ])("%s of two small samples is that of Evidently", (name, expected) => {
    const actual = score(name, [1.1, 2.2, 3.3, 4.4, 5.5, 6.6, 7.7, 8.8], [3.0, 4.1, 5.2, 6.3, 7.4, 8.5, 9.6]);
    expect(Math.abs(actual - expected)).toBeLessThan(1e-8 * expected);
  });

  it.each([
    ["chisquare", 0.002478752176666357],
    ["z", 0.155218489684684],
    ["psi", 0.7083169080497109],
    ["jensenshannon", 0.192180194],
    ["chi2_contingency", 0.004276820349208928],
  ])("%s of categories is that of Evidently", (name, expected) => {
    const column = (a: number, b: number, c: number): Column => [
      ...Array<string>(a).fill("a"),
      ...Array<string>(b).fill("b"),
      ...Array<string>(c).fill("c"),
    ];
    const actual = score(name, column(50, 40, 10), column(60, 40, 0), "categorical");
    expect(Math.abs(actual - expected)).toBeLessThan(3e-9);
  });

  test.each(DRIFT_MEASURES.filter(({ scale }) => scale === "distance"))(
    "$name of a sample and itself is 0",
    (measure) => {
      fc.assert(
        fc.property(
          fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 60 }),
          (values) => {
            const sample = numericSample(values);
            expect(measure.score(sample, sample)).toBeCloseTo(0, 6);
          },
        ),
      );
    },
  );

  test.each(DRIFT_MEASURES)("$name is a number in its range for any two samples", ({ score: scoreOf, scale, name }) => {
    const column = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(column, column, (reference, current) => {
        const value = scoreOf(numericSample(reference), numericSample(current));
        if (Number.isNaN(value)) expect(["anderson", "chisquare"]).toContain(name);
        else expect(value).toBeGreaterThanOrEqual(-1e-12);
        if (scale === "p-value") expect(value).not.toBeGreaterThan(1 + 1e-12);
      }),
    );
  });

  it("a value that the reference lacks is drift for sure by chi-square", () => {
    expect(score("chisquare", ["a", "b"], ["a", "c"], "categorical")).toBe(0);
  });

  it("what is missing or infinite counts for neither side", () => {
    const numbers = range(0, 30);
    const holes = [...numbers, null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    expect(score("ks", holes, numbers)).toBe(1);
    expect(score("psi", numbers, holes)).toBe(0);
  });

  it("the deciles of a reference catch what lies beyond its ends", () => {
    expect(score("psi_deciles", range(0, 100), range(100, 200))).toBeGreaterThan(5);
  });
});

describe("bins", () => {
  it("have numpy's edges by Sturges' rule", () => {
    expect(sturgesEdges([Float64Array.from(range(0, 9))])).toEqual([0, 1.6, 3.2, 4.800000000000001, 6.4, 8]);
    expect(sturgesEdges([Float64Array.of(3)])).toEqual([2.5, 3.5]);
  });

  it("take a value on an edge to the right, on the last edge to the last bin", () => {
    expect(histogram(Float64Array.of(0, 1, 1, 2), [0, 1, 2])).toEqual([0.25, 0.75]);
  });

  it("are told apart by numpy's quantiles", () => {
    expect([0, 0.1, 0.5, 1].map((share) => quantile(Float64Array.of(1, 2, 4, 8), share))).toEqual([1, 1.3, 3, 8]);
  });
});
