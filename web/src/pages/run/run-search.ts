import { compact, oneOf, type RawSearch, textIn, textsIn } from "../../shared/search-params.ts";

export interface RunSearch {
  /** Absent: the graph. */
  readonly view?: "time" | "list";
  /** The node whose panel is open. */
  readonly node?: string;
  /** Nodes that go together are one box each, or never; absent: where there are many nodes. */
  readonly groups?: "yes" | "no";
  /** Names of the groups whose nodes are shown one by one. */
  readonly open?: readonly string[];
}

export function runSearch(raw: RawSearch): RunSearch {
  return compact({
    view: oneOf(["time", "list"], raw.view),
    node: textIn(raw.node),
    groups: oneOf(["yes", "no"], raw.groups),
    open: textsIn(raw.open),
  });
}
