import type { ParameterValue } from "../../config/index.ts";

/** A trial of a task, as its records tell it. */
export interface SweepTrial {
  /** From 1. */
  readonly trial: number;
  /** Those of the varied parameters. */
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly state: "complete" | "running" | "pruned" | "failed" | "stopped";
  /** Last value per metadata key. */
  readonly metadata: Readonly<Record<string, unknown>>;
}
