import { RandomNumbers, sampleRandom, suggestTpe, type Trial } from "../src/tasks/index.ts";
import type { TestFunction } from "./optimize-functions.ts";

/** After each trial, the value of the trial that looked best so far; without the noise, which nobody knows. */
export function optimize(
  { space, objective, noise }: TestFunction,
  sampler: Sampler,
  seed: number,
  count: number,
): number[] {
  const noises = new RandomNumbers("noise", seed);
  const trials: Trial[] = [];
  const best: number[] = [];
  let seen = Number.POSITIVE_INFINITY;
  for (let index = 0; index < count; index++) {
    const random = new RandomNumbers(seed, index);
    const values = sampler === "tpe" ? suggestTpe(space, trials, random) : sampleRandom(space, random);
    const value = objective(values);
    const loss = noise === undefined ? value : value + noise * noises.normal();
    trials.push({ values, state: "complete", losses: [loss] });
    best.push(loss < seen ? value : (best.at(-1) ?? value));
    seen = Math.min(seen, loss);
  }
  return best;
}

export type Sampler = "tpe" | "random";
