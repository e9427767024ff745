import {
  isActive,
  type ParameterChoice,
  type ParameterSpace,
  type ParameterValues,
  type SpaceParameter,
} from "../space/parameter-space.ts";
import { frontRanks } from "./fronts.ts";
import type { Trial } from "./history.ts";
import { type Kernels, kernelsOf } from "./parzen.ts";
import { sampleRandom } from "./random.ts";
import type { RandomNumbers } from "./random-numbers.ts";

export interface TpeOptions {
  /** So many trials are drawn at random first. */
  readonly startupTrials?: number;
  /** The best of so many candidates is taken. */
  readonly candidates?: number;
}

const STARTUP_TRIALS = 10;
const CANDIDATES = 24;
/** The latest trials, as many as this, all weigh the same; the weight of older ones falls with their age. */
const FULL_WEIGHTS = 25;
/** Optuna takes a tenth; on the five functions of `scripts/optimize-functions.ts` this share finds better values. */
const GOOD_SHARE = 0.16;
const MOST_GOOD = 25;

/**
 * The next trial by a tree-structured Parzen estimator: the candidate that is most likely among the good trials and
 * least among the others. Parameters that all trials have are drawn together, so that their dependence counts; those
 * with a condition one by one. Running trials count among the others, so that several workers look at several places.
 */
export function suggestTpe(
  space: ParameterSpace,
  trials: readonly Trial[],
  random: RandomNumbers,
  options: TpeOptions = {},
): ParameterValues {
  const usable = trials.filter(({ state }) => state !== "failed");
  const finished = usable.filter(isFinished);
  if (finished.length < (options.startupTrials ?? STARTUP_TRIALS)) return sampleRandom(space, random);
  const groups = splitTrials(finished, usable);
  const values: Record<string, ParameterChoice> = {};
  const search = { groups, random, candidates: options.candidates ?? CANDIDATES };
  const common = space.filter(({ name }) => usable.every((trial) => Object.hasOwn(trial.values, name)));
  Object.assign(values, suggestTogether(common, search));
  for (const parameter of space) {
    if (!common.includes(parameter) && isActive(parameter, values))
      Object.assign(values, suggestTogether([parameter], search));
  }
  return values;
}

interface Search {
  readonly groups: { readonly good: readonly Trial[]; readonly others: readonly Trial[] };
  readonly random: RandomNumbers;
  readonly candidates: number;
}

function isFinished(trial: Trial): boolean {
  return trial.state !== "running" && trial.losses !== undefined && !trial.losses.some(Number.isNaN);
}

/** Both groups in the order in which the trials were made, in which their weights grow. */
function splitTrials(finished: readonly Trial[], usable: readonly Trial[]): Search["groups"] {
  const size = Math.min(Math.ceil(GOOD_SHARE * finished.length), MOST_GOOD);
  const good = new Set(rankedByLosses(finished).slice(0, size));
  return { good: usable.filter((trial) => good.has(trial)), others: usable.filter((trial) => !good.has(trial)) };
}

/** By the one loss, or by the fronts of several. */
function rankedByLosses(finished: readonly Trial[]): readonly Trial[] {
  const isSingle = finished.every(({ losses }) => losses?.length === 1);
  if (isSingle)
    return [...finished].sort((a, b) => rankOf(a) - rankOf(b) || (a.losses?.[0] ?? 0) - (b.losses?.[0] ?? 0));
  const ranks = frontRanks(finished.map(({ losses = [] }) => losses));
  const order = [...finished.keys()].sort((a, b) => {
    const [first, second] = [ranks[a], ranks[b]];
    const byState = rankOf(finished[a] as Trial) - rankOf(finished[b] as Trial);
    return byState || (first?.front ?? 0) - (second?.front ?? 0) || compareRoom(first?.room ?? 0, second?.room ?? 0);
  });
  return order.map((index) => finished[index] as Trial);
}

/** The more room the better; two ends of a front are alike. */
function compareRoom(a: number, b: number): number {
  return a === b ? 0 : b - a;
}

/** A pruned trial fills the group up only where too few are complete. */
function rankOf({ state }: Trial): number {
  return state === "complete" ? 0 : 1;
}

function suggestTogether(parameters: readonly SpaceParameter[], search: Search): ParameterValues {
  if (parameters.length === 0) return {};
  const good = new Mixture(parameters, search.groups.good);
  const others = new Mixture(parameters, search.groups.others);
  let best: ParameterValues = {};
  let bestGain = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < search.candidates; index++) {
    const candidate = good.draw(search.random);
    const gain = good.logDensity(candidate) - others.logDensity(candidate);
    if (gain <= bestGain && index > 0) continue;
    best = candidate;
    bestGain = gain;
  }
  return best;
}

/** The weighted kernels of a group of trials over some parameters. */
class Mixture {
  readonly #parameters: readonly (SpaceParameter & { readonly kernels: Kernels })[];
  readonly #logWeights: Float64Array;
  readonly #cumulated: Float64Array;

  constructor(parameters: readonly SpaceParameter[], trials: readonly Trial[]) {
    const seen = trials.filter(({ values }) => parameters.every(({ name }) => Object.hasOwn(values, name)));
    this.#parameters = parameters.map((parameter) => ({
      ...parameter,
      kernels: kernelsOf(
        parameter.domain,
        seen.map(({ values }) => values[parameter.name] as ParameterChoice),
      ),
    }));
    // The prior weighs as much as one trial.
    const weights = [...weightsOf(seen.length), 1];
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#logWeights = Float64Array.from(weights, (weight) => Math.log(weight / total));
    let sum = 0;
    this.#cumulated = Float64Array.from(weights, (weight) => (sum += weight / total));
  }

  draw(random: RandomNumbers): ParameterValues {
    const share = random.uniform();
    const found = this.#cumulated.findIndex((sum) => share < sum);
    const kernel = found === -1 ? this.#cumulated.length - 1 : found;
    return Object.fromEntries(this.#parameters.map(({ name, kernels }) => [name, kernels.draw(kernel, random)]));
  }

  logDensity(values: ParameterValues): number {
    const sums = Float64Array.from(this.#logWeights);
    for (const { name, kernels } of this.#parameters) kernels.addLogDensity(values[name] as ParameterChoice, sums);
    const greatest = sums.reduce((most, sum) => Math.max(most, sum), Number.NEGATIVE_INFINITY);
    return greatest + Math.log(sums.reduce((total, sum) => total + Math.exp(sum - greatest), 0));
  }
}

function weightsOf(count: number): readonly number[] {
  if (count < FULL_WEIGHTS) return Array<number>(count).fill(1);
  const old = count - FULL_WEIGHTS;
  return Array.from({ length: count }, (_, index) => {
    if (index >= old) return 1;
    return old === 1 ? 1 / count : 1 / count + ((1 - 1 / count) * index) / (old - 1);
  });
}
