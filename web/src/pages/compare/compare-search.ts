import { compact, type RawSearch, textIn, textsIn } from "../../shared/search-params.ts";

export interface CompareSearch {
  readonly refs?: readonly string[];
  /** Rows that are all equal are shown, too. */
  readonly all?: true;
  /** The values that are drawn over each other. */
  readonly x?: string;
  readonly y?: string;
  /** The output whose contents are shown side by side: `train/model.txt`. */
  readonly file?: string;
  /** The path of the file of the code whose lines are compared. */
  readonly code?: string;
}

export function compareSearch(raw: RawSearch): CompareSearch {
  return compact({
    refs: textsIn(raw.refs),
    all: raw.all === true ? true : undefined,
    x: textIn(raw.x),
    y: textIn(raw.y),
    file: textIn(raw.file),
    code: textIn(raw.code),
  });
}
