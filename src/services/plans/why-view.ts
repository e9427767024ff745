import type { Prediction } from "../../api/index.ts";

/** The words of a run beforehand, and the predictions for its nodes, in the plan's order. */
export interface Foresight {
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly string[];
}
