/** The same work for every tool: trivial shell commands, in a chain or side by side. */
export interface Work {
  readonly shape: "chain" | "fan-out";
  readonly steps: number;
  /** Most steps that run at a time. */
  readonly jobs: number;
}

/** A tool beside which Headrace is measured. */
export interface Peer {
  readonly name: string;
  /** The packages that `pip install` gets; versions are pinned, so that figures can be compared over time. */
  readonly packages: readonly string[];
  /**
   * Writes what the tool needs to do the work into an empty folder, and returns the command line that does it there.
   * `bin` is the folder of the tool's own programs. Steps run `true` in a process each, as a step of a user would run
   * his script.
   */
  readonly prepare: (work: Work, folder: string, bin: string) => readonly string[];
  /** Carried out once before anything is timed: repositories to be made, databases to be set up. */
  readonly setUp?: (folder: string, bin: string) => void;
  /**
   * True if a second run of the same command leaves out what has not changed, and what is timed as `unchanged` means
   * something.
   */
  readonly skipsUnchanged: boolean;
  /** A remark that a reader must know to judge the figures. */
  readonly note?: string;
}

export function names(work: Work): readonly string[] {
  return Array.from({ length: work.steps }, (_, index) => `s${index}`);
}

/** The step that `index` waits for; undefined where it waits for none. */
export function sourceOf(work: Work, index: number): string | undefined {
  return work.shape === "chain" && index > 0 ? `s${index - 1}` : undefined;
}
