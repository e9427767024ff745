import type { Listed, PageRequest } from "../../store/index.ts";
import { isCount, readCursor, writeCursor } from "./cursor.ts";
import type { FilteredPage } from "./filtered-page.ts";
import type { ListRow } from "./list-row.ts";
import { comparePlaces, placeOf, type RowPlace, type SortKey } from "./row-query.ts";

const READ_AT_ONCE = 200;

/**
 * A page in an order that only the rows themselves tell. All that are wanted are seen, and no more than twice a page is
 * kept.
 */
export async function sortedPage<Item, Row>(
  { limit, after }: PageRequest,
  list: {
    readonly read: (page: PageRequest) => Promise<Listed<Item>>;
    readonly rowsOf: (items: readonly Item[]) => Promise<readonly Row[]>;
    readonly isWanted: ((row: Row) => boolean) | undefined;
  },
  { sort, rowOf }: { readonly sort: SortKey; readonly rowOf: (row: Row) => ListRow },
): Promise<FilteredPage<Row>> {
  const begin = after === undefined ? undefined : placeIn(after, sort);
  const examined: Row[] = [];
  let best: { readonly row: Row; readonly place: RowPlace }[] = [];
  // One more than the page has tells whether there is another page.
  const keep = (): void => {
    best = best.sort((a, b) => comparePlaces(a.place, b.place, sort)).slice(0, limit + 1);
  };
  for (let start: string | null | undefined; start !== null; ) {
    const page = await list.read({ limit: READ_AT_ONCE, ...(start === undefined ? {} : { after: start }) });
    for (const row of await list.rowsOf(page.items)) {
      if (examined.length < READ_AT_ONCE) examined.push(row);
      if (list.isWanted?.(row) === false) continue;
      const place = placeOf(rowOf(row), sort);
      if (begin === undefined || comparePlaces(place, begin, sort) > 0) best.push({ row, place });
    }
    if (best.length > 2 * limit) keep();
    start = page.next;
  }
  keep();
  const last = best[limit - 1];
  return {
    items: best.slice(0, limit).map(({ row }) => row),
    next: best.length > limit && last !== undefined ? cursorOf(last.place, sort) : null,
    examined,
  };
}

/** Values that are compared: what is neither number nor text stands with what is missing, or as its text. */
function cursorOf({ value, number }: RowPlace, { name, ascending }: SortKey): string {
  const kept = typeof value === "number" || value === undefined || value === null ? (value ?? null) : String(value);
  return writeCursor([name, ascending, kept, number]);
}

function placeIn(text: string, { name, ascending }: SortKey): RowPlace {
  return readCursor(text, ([of, way, value, number]) =>
    of === name && way === ascending && isCount(number) ? { value, number } : undefined,
  );
}
