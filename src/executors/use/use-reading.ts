/** The use of the machine by a step up to a moment. A quantity that cannot be told is absent. */
export interface UseReading {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Since the step began: seconds of processors, bytes of disk and network. */
  readonly totals: UseTotals;
  /** Bytes that it holds now. */
  readonly memory?: number;
  /** `machine`: it has no network of its own, and the figures are those of all programs there. */
  readonly network?: "step" | "machine";
  readonly gpus?: GpuUse;
  /** The step's processes, as this machine numbers them. */
  readonly pids?: readonly number[];
}

export interface UseTotals {
  readonly cpu?: number;
  readonly read?: number;
  readonly written?: number;
  readonly received?: number;
  readonly sent?: number;
}

/** The cards of a step taken together. */
export interface GpuUse {
  readonly count: number;
  /** The mean of how busy they are. */
  readonly percent: number;
  readonly memory: number;
}
