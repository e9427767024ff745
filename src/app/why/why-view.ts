import type { Prediction } from "../../api/index.ts";

/** What a run would say beforehand, and what would become of its nodes, in the plan's order. */
export interface Foresight {
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly string[];
}
