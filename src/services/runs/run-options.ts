import type { Advice } from "../../advice.ts";
import type { StepTerminal } from "../../executors/index.ts";
import type { EventRecord } from "../../store/index.ts";

/** Options of a run: how it is recorded, and how this process drives it. */
export interface RunOptions {
  /** The id of the run; absent: one of its own. */
  readonly id?: string;
  readonly jobs?: number;
  readonly title?: string;
  readonly tags: readonly string[];
  /** A version of the code that is stored, in place of the one at hand. */
  readonly commit?: string;
  /** Called with every event of the run, in order, as it happens. */
  readonly onEvent?: ((event: EventRecord) => void) | undefined;
  /** First abort: steps are interrupted and collected, the run ends as stopped. */
  readonly signal?: AbortSignal;
  /** Aborted on the second Ctrl-C: steps are killed at once. */
  readonly killSignal?: AbortSignal;
  /** The terminal of this process: a plan of one node runs on it (`run --interactive`). */
  readonly terminal?: StepTerminal;
}

export interface AttachOptions extends Pick<RunOptions, "onEvent" | "signal"> {
  /** Takes the warnings of this process about the run, such as that nobody drives it. */
  readonly onWarning?: (warning: Advice) => void;
  /** Ends, with the run as it is, when nobody has driven the run for a while. */
  readonly leavesAbandoned?: boolean;
}
