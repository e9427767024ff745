import { describe, expect, it } from "vitest";
import type { Axis, Sweep } from "../../config/index.ts";
import type { SweepTrial } from "./history.ts";
import { suggestTrial, trialsLeft } from "./suggest.ts";

const DEPTH: Axis = { name: "depth", kind: "list", values: [2, 4, 8] };
const MODEL: Axis = { name: "model", kind: "list", values: ["forest", "boost"] };
const RATE: Axis = { name: "rate", kind: "range", low: 1e-4, high: 1, log: true, whole: false };

function sweepOf(change: Partial<Sweep> = {}): Sweep {
  return {
    ...{ method: "grid", axes: [DEPTH, MODEL], seed: 0, onChildError: "continue-and-complete" },
    goals: [{ metric: "auc", direction: "max" }],
    ...change,
  };
}

/** Each trial is complete before the next is chosen. */
function play(sweep: Sweep, count: number, auc: (values: SweepTrial["values"]) => unknown): readonly SweepTrial[] {
  const trials: SweepTrial[] = [];
  for (let index = 0; index < count; index++) {
    const values = suggestTrial(sweep, index, trials);
    trials.push({ trial: index + 1, values, state: "complete", metadata: { auc: auc(values) } });
  }
  return trials;
}

const valuesOf = (trials: readonly SweepTrial[]) => trials.map(({ values }) => values);

describe("a grid", () => {
  it("turns the last parameter fastest", () => {
    expect(valuesOf(play(sweepOf(), 6, () => 0))).toEqual([
      { depth: 2, model: "forest" },
      { depth: 2, model: "boost" },
      { depth: 4, model: "forest" },
      { depth: 4, model: "boost" },
      { depth: 8, model: "forest" },
      { depth: 8, model: "boost" },
    ]);
  });

  it("draws as many values of a range as are asked for, the same for all combinations", () => {
    const trials = valuesOf(play(sweepOf({ axes: [{ ...RATE, count: 2 }, MODEL] }), 4, () => 0));
    expect(trials[0]?.rate).toBe(trials[1]?.rate);
    expect(new Set(trials.map(({ rate }) => rate)).size).toBe(2);
  });
});

describe.each(["random", "tpe", "sobol"] as const)("%s", (method) => {
  it("tries each combination of a small space once", () => {
    const trials = play(sweepOf({ method }), 6, ({ depth }) => depth);
    expect(new Set(valuesOf(trials).map((values) => JSON.stringify(values))).size).toBe(6);
  });

  it("gives the same values for the same history, and others for another seed", () => {
    const auc = ({ rate }: SweepTrial["values"]): number => -Math.abs(Math.log10(rate as number) + 2);
    const sweep = sweepOf({ method, axes: [RATE, MODEL] });
    const trials = play(sweep, 15, auc);
    expect(play(sweep, 15, auc)).toEqual(trials);
    expect(suggestTrial(sweep, 9, trials)).toEqual(trials[9]?.values);
    expect(valuesOf(play({ ...sweep, seed: 1 }, 15, auc))).not.toEqual(valuesOf(trials));
    for (const { rate } of valuesOf(trials)) {
      expect(rate).toBeGreaterThanOrEqual(1e-4);
      expect(rate).toBeLessThanOrEqual(1);
    }
  });
});

it("a Bayesian search does better than chance, also over metrics that are missing or no numbers", () => {
  const auc = ({ rate }: SweepTrial["values"]): unknown => {
    const error = Math.abs(Math.log10(rate as number) + 2);
    return error > 1.9 ? "nan" : -error;
  };
  const meanOf = (method: Sweep["method"]): number => {
    const late = Array.from({ length: 8 }, (_, seed) =>
      play(sweepOf({ method, axes: [RATE], seed }), 30, auc).slice(15),
    );
    const errors = late.flat().map(({ values }) => Math.abs(Math.log10(values.rate as number) + 2));
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  };
  expect(meanOf("tpe")).toBeLessThan(0.7 * meanOf("random"));
});

it("a search with two goals that contradict each other comes to their front, and covers it", () => {
  const range = (name: string): Axis => ({ name, kind: "range", low: -4, high: 4, log: false, whole: false });
  // The front is where b is 0 and a lies between 0 and 2.
  const far = ({ a, b }: SweepTrial["values"]): number =>
    Math.abs(b as number) + Math.max(0, -(a as number), (a as number) - 2);
  const late = (method: Sweep["method"]): readonly SweepTrial["values"][] =>
    Array.from({ length: 6 }, (_, seed) => {
      const goals = ["x", "y"].map((metric) => ({ metric, direction: "min" as const }));
      const sweep = sweepOf({ method, axes: [range("a"), range("b")], goals, seed });
      const trials: SweepTrial[] = [];
      for (let index = 0; index < 50; index++) {
        const values = suggestTrial(sweep, index, trials);
        const [a, b] = [values.a as number, values.b as number];
        const metadata = { x: a ** 2 + b ** 2, y: (a - 2) ** 2 + b ** 2 };
        trials.push({ trial: index + 1, values, state: "complete", metadata });
      }
      return valuesOf(trials.slice(25));
    }).flat();
  const meanOf = (all: readonly SweepTrial["values"][]): number =>
    all.reduce((sum, values) => sum + far(values), 0) / all.length;
  const found = late("tpe");
  expect(meanOf(found)).toBeLessThan(0.7 * meanOf(late("random")));
  for (const [low, high] of [
    [-0.5, 0.7],
    [0.7, 1.3],
    [1.3, 2.5],
  ] as const)
    expect(found.filter(({ a }) => (a as number) > low && (a as number) < high).length).toBeGreaterThan(10);
});

it("a Sobol sequence has one point in each of as many equal parts, in each dimension", () => {
  const axes = ["a", "b", "c"].map(
    (name): Axis => ({ name, kind: "range", low: 0, high: 1, log: false, whole: false }),
  );
  const trials = valuesOf(play(sweepOf({ method: "sobol", axes }), 64, () => 0));
  for (const { name } of axes)
    expect(new Set(trials.map((values) => Math.floor((values[name] as number) * 64))).size).toBe(64);
  // Together, too: each sixteenth of the square has four of them.
  const cells = Map.groupBy(trials, ({ a, b }) => `${Math.floor((a as number) * 4)} ${Math.floor((b as number) * 4)}`);
  expect([...cells.values()].map((points) => points.length)).toEqual(Array(16).fill(4));
});

it.each([
  ["a grid, whatever is added", sweepOf(), 9, 2, 4],
  ["a limited search", sweepOf({ method: "random", limit: 4 }), 0, 1, 3],
  ["one with more, as far as there are combinations", sweepOf({ method: "random", limit: 4 }), 9, 4, 2],
  ["one without an end of combinations", sweepOf({ method: "tpe", axes: [RATE], limit: 4 }), 9, 4, 9],
  ["sets", sweepOf({ method: "manual", axes: [], sets: [{}, {}] }), 0, 2, 0],
] as const)("counts what is left of %s", (_, sweep, added, begun, left) => {
  expect(trialsLeft(sweep, added, begun)).toBe(left);
});
