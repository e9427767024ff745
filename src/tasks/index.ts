export { type Progress, progressOf, whyPruned } from "./pruning/pruning.ts";
export { bestOf, isReached, lossesOf, type MetricResult, metricOf, paretoFront, ranked } from "./results/goals.ts";
export { type Importance, importanceOf } from "./results/importance.ts";
export type { Trial } from "./samplers/history.ts";
export { sampleRandom } from "./samplers/random.ts";
export { RandomNumbers } from "./samplers/random-numbers.ts";
export { sobolPoint } from "./samplers/sobol.ts";
export { suggestTpe, type TpeOptions } from "./samplers/tpe.ts";
export {
  isActive,
  type ParameterChoice,
  type ParameterDomain,
  type ParameterSpace,
  type ParameterValues,
  type SpaceParameter,
} from "./space/parameter-space.ts";
export type { SweepTrial } from "./sweep/history.ts";
export { isOpenTrial, lastOfEach, type RecordedTrial, sweepTrialOf, variedBy } from "./sweep/recorded-trials.ts";
export { fileOfTrial, followsResults, suggestTrial, trialsLeft } from "./sweep/suggest.ts";
