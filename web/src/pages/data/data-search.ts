import { compact, oneOf, type RawSearch, textIn } from "../../shared/search-params.ts";

export interface DataSearch {
  /** The name, or with `*` at its end what it begins with. */
  readonly name?: string;
  readonly step?: string;
  /** Made by this run or execution. */
  readonly of?: string;
  /** Beginning of the hash. */
  readonly sha256?: string;
  readonly sort?: "created:asc" | "name:asc" | "name:desc";
}

export function dataSearch(raw: RawSearch): DataSearch {
  return compact({
    name: textIn(raw.name),
    step: textIn(raw.step),
    of: textIn(raw.of),
    sha256: textIn(raw.sha256),
    sort: oneOf(["created:asc", "name:asc", "name:desc"], raw.sort),
  });
}
