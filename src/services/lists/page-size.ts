import { HeadraceError } from "../../errors.ts";

/** As `LARGEST_PAGE` of the room api, which products load for its types alone. */
const LARGEST_PAGE = 10_000;

/** Throws HR_USAGE for a page that no list gives. */
export function requirePageSize(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_PAGE) return;
  throw new HeadraceError("HR_USAGE", `a page cannot have ${limit} items`, {
    hint: `ask for 1 to ${LARGEST_PAGE} items, and for the next page with its cursor`,
  });
}
