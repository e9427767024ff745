import { describe, expect, it } from "vitest";
import type { Goal, Pruning } from "../../config/index.ts";
import { progressOf, whyPruned } from "../pruning/pruning.ts";
import type { SweepTrial } from "../sweep/history.ts";
import { bestOf, isReached, metricOf, paretoFront, ranked } from "./goals.ts";
import { importanceOf } from "./importance.ts";

const AUC: Goal = { metric: "auc", direction: "max" };
const MS: Goal = { metric: "ms", direction: "min" };

function trialOf(trial: number, metadata: SweepTrial["metadata"], change: Partial<SweepTrial> = {}): SweepTrial {
  return { trial, values: {}, state: "complete", metadata, ...change };
}

describe("trials by their goals", () => {
  const trials = [
    trialOf(1, { auc: 0.8, ms: 5 }),
    trialOf(2, { auc: 0.9, ms: 9 }),
    trialOf(3, { auc: 0.9, ms: 2 }),
    trialOf(4, { ms: 1 }),
    trialOf(5, { auc: 0.99, ms: 1 }, { state: "pruned" }),
    trialOf(6, { auc: "0.99" }),
  ];

  it("the best comes first, and of equals the earlier; what has no number has no place", () => {
    expect(ranked([AUC], trials).map(({ trial }) => trial)).toEqual([2, 3, 1]);
    expect(bestOf([MS], trials)?.trial).toBe(4);
    expect(bestOf([{ metric: "auc", direction: "target", value: 0.82 }], trials)?.trial).toBe(1);
    expect(bestOf([], trials)).toBeUndefined();
  });

  it("of several goals those are on the front that nothing beats", () => {
    expect(paretoFront([AUC, MS], trials).map(({ trial }) => trial)).toEqual([3]);
    expect(paretoFront([AUC, MS], trials.toSpliced(2, 1)).map(({ trial }) => trial)).toEqual([1, 2]);
  });

  it.each([
    [0.5, undefined],
    [Number.NaN, "its auc is NaN, which cannot be compared"],
    ["nan", "its auc is nan, which cannot be compared"],
    [null, "its auc is null"],
    ["high", 'its auc is the text "high"'],
    [[1], "its auc is no single number"],
  ])("a metric that is %j", (auc, problem) => {
    expect(metricOf("auc", { auc })).toMatchObject(problem === undefined ? { ok: true } : { ok: false, problem });
  });

  it.each([
    [{ ...AUC, value: 0.9 }, 0.91, [], true],
    [{ ...AUC, value: 0.9 }, 0.89, [], false],
    [{ ...MS, value: 3 }, 2, [], true],
    [AUC, 1, [], false],
    [{ metric: "x", direction: "target", value: 5 }, 4, [1], false],
    [{ metric: "x", direction: "target", value: 5 }, 6, [1], true],
    [{ metric: "x", direction: "target", value: 5 }, 6, [9], false],
  ] as const)("%j is reached by %d after %j: %s", (goal, value, earlier, reached) => {
    expect(isReached(goal, value, earlier)).toBe(reached);
  });
});

describe("the importance of parameters", () => {
  it("is that of what changes the goal, whatever its scale", () => {
    const trials = Array.from({ length: 40 }, (_, index) =>
      trialOf(
        index + 1,
        { auc: Math.sin(index % 8) + (index % 3) * 0.01 },
        { values: { rate: 10 ** -(index % 8), noise: (index * 7) % 5, same: 1 } },
      ),
    );
    const [first, ...others] = importanceOf([AUC], ["same", "noise", "rate"], trials);
    expect(first?.parameter).toBe("rate");
    expect(first?.share).toBeGreaterThan(0.5);
    for (const { share } of others) expect(share).toBeLessThan(0.2);
  });

  it("is not told from a few trials", () => {
    expect(importanceOf([AUC], ["x"], [trialOf(1, { auc: 1 })])).toEqual([{ parameter: "x" }]);
  });
});

describe("pruning", () => {
  const ASHA: Pruning = { method: "asha", metric: "auc", direction: "max", min: 1, factor: 2, startup: 3 };
  const course = (...values: readonly number[]) => values.map((value, index) => ({ step: index + 1, value }));

  it("reads how far a trial is, by a key or by the number of values", () => {
    const points = [{ epoch: 2 }, { auc: 0.1 }, { epoch: 4, auc: 0.2 }, { auc: "nan" }, { other: 1 }];
    expect(progressOf({ metric: "auc", step: "epoch" }, points)).toEqual([
      { step: 2, value: 0.1 },
      { step: 4, value: 0.2 },
    ]);
    expect(progressOf({ metric: "auc" }, points)).toEqual(course(0.1, 0.2));
  });

  it.each([
    ["the best goes on", course(0.9), [course(0.1), course(0.2)], undefined],
    [
      "the worst of many stops",
      course(0.1),
      [course(0.8), course(0.9), course(0.7)],
      "auc 0.1 at step 1 is not among the best 2 of 4",
    ],
    ["a single one goes on", course(0.1), [], undefined],
    [
      "what was good falls behind at a later rung",
      course(0.9, 0.1),
      [course(0.1, 0.5), course(0.2, 0.6)],
      "auc 0.1 at step 2 is not among the best 1 of 3",
    ],
    ["who has printed nothing goes on", [], [course(0.8)], undefined],
  ])("by halving: %s", (_, own, others, reason) => {
    expect(whyPruned(ASHA, own, others)).toBe(reason);
  });

  it.each([
    ["too few others", course(0.1), [course(0.8), course(0.9)], undefined],
    [
      "worse than most",
      course(0.1, 0.2),
      [course(0, 0.8), course(0, 0.9), course(0, 0.7)],
      "auc 0.2 at step 2 is worse than the median 0.8 of 3 others",
    ],
    ["its best counts", course(0.85, 0.2), [course(0, 0.8), course(0, 0.9), course(0, 0.7)], undefined],
  ])("by the median: %s", (_, own, others, reason) => {
    expect(whyPruned({ ...ASHA, method: "median" }, own, others)).toBe(reason);
  });
});
