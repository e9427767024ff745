import type { StepCheck } from "../config/index.ts";
import type { CheckedSubject, ExecutionRecord } from "../store/index.ts";

/** Holds inputs, outputs and metadata of steps against what they are expected to be. */
export interface StepChecker {
  /**
   * Returns a result for each check, also where a table cannot be read. Throws where no check could be made: a package
   * is missing, the disk is full, or the signal aborted (then its reason).
   */
  check(request: StepCheckRequest): Promise<StepChecksOutcome>;
}

export interface StepCheckRequest {
  readonly execution: Pick<ExecutionRecord, "id" | "number" | "step">;
  /** Checks of inputs, or all others. */
  readonly checks: readonly StepCheck[];
  readonly inputs: readonly CheckedInput[];
  readonly outputs: readonly CheckedFile[];
  /** Last values. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Files may stand here while they are read. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface CheckedInput {
  readonly name: string;
  readonly optional: boolean;
  readonly files: readonly CheckedFile[];
}

/** A stored file under the name that the step knows it by. */
export interface CheckedFile {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface StepChecksOutcome {
  readonly subjects: readonly CheckedSubject[];
  /** In words, one for each check that failed. */
  readonly failures: readonly string[];
  /** The same for checks that warn. */
  readonly warnings: readonly string[];
}
