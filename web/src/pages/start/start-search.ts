import { compact, oneOf, type RawSearch, textIn } from "../../shared/search-params.ts";

export interface StartSearch {
  readonly target?: string;
  readonly kind?: "step" | "pipeline";
  /** The run whose values the form begins with. */
  readonly like?: string;
  /** The execution whose inputs and parameters the step gets. */
  readonly from?: string;
}

export function startSearch(raw: RawSearch): StartSearch {
  return compact({
    target: textIn(raw.target),
    kind: oneOf(["step", "pipeline"], raw.kind),
    like: textIn(raw.like),
    from: textIn(raw.from),
  });
}
