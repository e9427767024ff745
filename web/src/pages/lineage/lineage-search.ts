import { compact, oneOf, type RawSearch, textIn, textsIn } from "../../shared/search-params.ts";

export interface LineageSearch {
  /** The file, the execution or the run that it is asked of; one of them. */
  readonly datum?: string;
  readonly execution?: string;
  readonly run?: string;
  readonly direction?: "up" | "down";
  /** Distance in executions; three unless said otherwise. */
  readonly depth?: "1" | "2" | "5" | "all";
  readonly view?: "list";
  /** The node that is selected. */
  readonly at?: string;
  /** The groups that are shown one by one. */
  readonly open?: readonly string[];
}

export function lineageSearch(raw: RawSearch): LineageSearch {
  return compact({
    datum: textIn(raw.datum),
    execution: textIn(raw.execution),
    run: textIn(raw.run),
    direction: oneOf(["up", "down"], raw.direction),
    depth: oneOf(["1", "2", "5", "all"], textIn(raw.depth)),
    view: oneOf(["list"], raw.view),
    at: textIn(raw.at),
    open: textsIn(raw.open),
  });
}

/** So many executions away, where the address says nothing. */
export const USUAL_DEPTH = 3;
