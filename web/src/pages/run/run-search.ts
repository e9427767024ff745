import { compact, oneOf, type RawSearch, textIn } from "../../shared/search-params.ts";

export interface RunSearch {
  /** Absent: the graph. */
  readonly view?: "time" | "list";
  /** The node whose panel is open. */
  readonly node?: string;
}

export function runSearch(raw: RawSearch): RunSearch {
  return compact({ view: oneOf(["time", "list"], raw.view), node: textIn(raw.node) });
}
