import { compact, numberIn, oneOf, type RawSearch, textsIn } from "../../shared/search-params.ts";

export interface ExecutionSearch {
  readonly view?: "metrics" | "files" | "checks" | "details";
  /** The log is opened at its first error. */
  readonly at?: "error";
  /** The log is opened at this line, from 1. */
  readonly line?: number;
  /** The metrics that are drawn. */
  readonly keys?: readonly string[];
  /** Curves are drawn over the time in place of the step. */
  readonly by?: "time";
  /** The stretch of all charts that is shown. */
  readonly from?: number;
  readonly to?: number;
}

export function executionSearch(raw: RawSearch): ExecutionSearch {
  return compact({
    view: oneOf(["metrics", "files", "checks", "details"], raw.view),
    at: oneOf(["error"], raw.at),
    line: lineIn(raw.line),
    keys: textsIn(raw.keys),
    by: oneOf(["time"], raw.by),
    from: numberIn(raw.from),
    to: numberIn(raw.to),
  });
}

function lineIn(raw: unknown): number | undefined {
  const line = numberIn(raw);
  return line !== undefined && Number.isSafeInteger(line) && line > 0 ? line : undefined;
}
