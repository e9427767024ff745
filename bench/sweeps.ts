/**
 * The figures of sweeps: how close the Bayesian search comes on five test functions, beside random search and what
 * Optuna 5 reaches on them (its default sampler; medians and upper quartiles of 20 seeds), and how long the suggestion
 * of the 1,000th trial of ten parameters takes. `node bench/sweeps.ts`.
 */
import { optimize } from "../scripts/optimize.ts";
import { TEST_FUNCTIONS } from "../scripts/optimize-functions.ts";
import type { Axis, Sweep } from "../src/config/index.ts";
import { RandomNumbers, type SweepTrial, suggestTrial } from "../src/tasks/index.ts";

const SEEDS = 20;
const TRIALS = 60;
/** Optuna 5.0.0: median and upper quartile after 60 trials. */
const OPTUNA: Readonly<Record<string, readonly [median: number, upper: number]>> = {
  branin: [0.493, 0.571],
  hartmann6: [-3.07, -3],
  rosenbrock4: [8.82, 9.73],
  mixed: [0.0462, 0.0991],
  noisy_sphere3: [0.65, 0.984],
};

const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
};

function reached(name: string, sampler: "tpe" | "random"): number {
  const wanted = TEST_FUNCTIONS[name];
  if (wanted === undefined) throw new Error(`there is no function ${name}`);
  return medianOf(Array.from({ length: SEEDS }, (_, seed) => optimize(wanted, sampler, seed, TRIALS).at(-1) ?? 0));
}

console.log("function        random    Headrace  Optuna 5  its upper quartile");
for (const [name, [median, upper]] of Object.entries(OPTUNA)) {
  const row = [reached(name, "random"), reached(name, "tpe"), median, upper];
  console.log(name.padEnd(14), row.map((value) => value.toPrecision(3).padStart(9)).join(" "));
}

const AXES: readonly Axis[] = Array.from({ length: 10 }, (_, index) => ({
  ...({ name: `p${index}`, kind: "range", low: 1e-4, high: 1, log: index % 2 === 0, whole: false } as const),
}));
const SWEEP: Sweep = {
  ...{ method: "tpe", axes: AXES, limit: 2_000, seed: 0, onChildError: "continue-and-complete" },
  goals: [{ metric: "loss", direction: "min" }],
};
const random = new RandomNumbers("history");
const history = Array.from({ length: 999 }, (_, index): SweepTrial => {
  const values = Object.fromEntries(AXES.map(({ name }) => [name, 1e-4 + random.uniform() * 0.9]));
  return { trial: index + 1, values, state: "complete", metadata: { loss: random.uniform() } };
});
const times = Array.from({ length: 50 }, () => {
  const began = performance.now();
  suggestTrial(SWEEP, 999, history);
  return performance.now() - began;
});
console.log(
  `\nsuggestion of the 1,000th trial of 10 parameters: ${medianOf(times).toFixed(1)} ms, ${Math.min(...times).toFixed(1)} ms at best`,
);
