import type { ParameterValues } from "../space/parameter-space.ts";

/** The facts about a trial that are known when the next one is asked for. */
export interface Trial {
  readonly values: ParameterValues;
  /** Failed trials say nothing; running ones say where others look already. */
  readonly state: "complete" | "running" | "pruned" | "failed";
  /** Each is to be as small as possible; absent where it is not known, NaN where it is no number. */
  readonly losses?: readonly number[];
}
