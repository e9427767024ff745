import type { FetchedFile, FetchOptions } from "./sources.ts";

/** One kind of place that inputs come from. A new one is a file that makes this, and a line in open-sources.ts. */
export interface Source {
  /** Rejects soon after the signal is aborted. Is never asked for the same URI twice at the same time. */
  fetch(uri: string, options: FetchOptions): Promise<readonly FetchedFile[]>;
  /** See `Sources.check`. Absent where only a fetch can tell. */
  check?(uri: string): Promise<void>;
}
