/** Why a node ran, or why it did not: what `headrace why --json` prints, documented in docs/json.md. */
export interface WhyView {
  readonly run: number;
  readonly node: string;
  readonly step: string;
  readonly outcome: "reused" | "ran" | "skipped" | "waiting";
  /** The execution whose results the node has. */
  readonly execution: number | null;
  /** The earlier execution that it was held against. */
  readonly comparedWith: number | null;
  readonly reason: WhyReason;
  /** The reason in words, one line. */
  readonly text: string;
  /** Which code counted, in words. */
  readonly code: string | null;
  /** What reuse cannot know of the step. */
  readonly notes: readonly string[];
  /** What differs from `comparedWith`, the most telling first. */
  readonly changes: readonly WhyChange[];
}

export type WhyReason =
  | "reused"
  | "first-time"
  | "forced"
  | "reproduction"
  | "interactive"
  | "taken"
  | "off"
  | "changed"
  | "code-changed"
  | "outputs-gone"
  | "inputs-unavailable"
  | "not-begun"
  | "not-recorded";

export interface WhyChange {
  /** `code-file`, `input-file`, `input-properties`, `parameter`, `command`, `environment-variable`, `requirements-file`, `python`, `image`, `place`, `surroundings`, `surroundings-unknown`, `input`, `setting` */
  readonly kind: string;
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly text: string;
  /** Lines of a unified diff, where the files are texts and the differences few enough to be read. */
  readonly diff: readonly string[] | null;
}

/** What would become of a node, were it run now; part of `run --dry-run --json`. */
export interface Prediction {
  readonly outcome: "reuse" | "run" | "unknown";
  /** The execution that would be reused. */
  readonly execution: number | null;
  readonly text: string;
}

/** What a run would say beforehand, and what would become of its nodes, in the plan's order. */
export interface Foresight {
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly string[];
}
