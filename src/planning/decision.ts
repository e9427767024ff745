import type { CodeShare } from "./code-share.ts";

/**
 * The reason why a node ran, or the earlier execution that stands in its place: recorded with the node when its turn
 * came. `headrace why` works out the details from the records, so that a decision stays small where a run has 100,000
 * nodes.
 */
export type NodeDecision = ReuseDecision | RunDecision;

export interface ReuseDecision {
  readonly kind: "reused";
  /** Number of the execution whose results are used. */
  readonly execution: number;
  /** The part of the code that was compared with today's. */
  readonly code: CodeShare;
  /** Nobody compared anything: `run --from` put it there. */
  readonly given?: true;
}

export interface RunDecision {
  readonly kind: "ran";
  readonly why: RunReason;
  /**
   * The newest earlier successful execution of the step, of the same node where there is one: `why` looks on from there
   * for the nearest.
   */
  readonly nearest?: number;
}

export type RunReason =
  /** No execution of the step has succeeded before. */
  | { readonly kind: "first-time" }
  /** `--fresh`, for this node or for all. */
  | { readonly kind: "forced" }
  /** `headrace reproduce` executes again what was recorded; the result is compared, and never used again. */
  | { readonly kind: "reproduction" }
  /** `run --interactive`: what a person types has its part in the result, which is never used again. */
  | { readonly kind: "interactive" }
  /** The equal execution belongs to another node of this run. */
  | { readonly kind: "taken"; readonly execution: number; readonly node: string }
  /**
   * By `reuse: false` of a step, `reuse-executions: false` of a pipeline, `reuse-children: false` of a task, or checks
   * that hold at their time alone.
   */
  | { readonly kind: "off"; readonly by: "step" | "pipeline" | "task" | "distributed" | "checks" }
  /** Command, parameters, inputs, variables, image, Python or place differ. */
  | { readonly kind: "changed" }
  /** All that is known beforehand is equal; what it read of the code is not. */
  | { readonly kind: "code-changed" }
  /** Everything is equal, but these outputs are no longer stored whole. */
  | { readonly kind: "outputs-gone"; readonly files: readonly string[] }
  /** An input could not be had, so that there was nothing to compare. */
  | { readonly kind: "inputs-unavailable"; readonly message: string };
