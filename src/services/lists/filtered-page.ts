import type { Listed, PageRequest } from "../../store/index.ts";

/** Rows of a page, and a sample of what was looked at for them. */
export interface FilteredPage<Row> extends Listed<Row> {
  readonly examined: readonly Row[];
}

/** So many records are read at a time where not all of them are wanted. */
const READ_AT_ONCE = 200;

/**
 * A page of the rows that are wanted, out of a list of the records. Reads on until the page is full or the list ends,
 * and keeps no more than a page.
 */
export async function filteredPage<Item, Row>(
  { limit, after }: PageRequest,
  list: {
    readonly read: (page: PageRequest) => Promise<Listed<Item>>;
    readonly rowsOf: (items: readonly Item[]) => Promise<readonly Row[]>;
    /** Absent where every row is wanted. */
    readonly isWanted: ((row: Row) => boolean) | undefined;
  },
): Promise<FilteredPage<Row>> {
  const atOnce = list.isWanted === undefined ? limit : Math.max(limit, READ_AT_ONCE);
  const [items, examined]: [Row[], Row[]] = [[], []];
  for (let start = after; ; ) {
    const read = (count: number): Promise<Listed<Item>> =>
      list.read({ limit: count, ...(start === undefined ? {} : { after: start }) });
    const page = await read(atOnce);
    const rows = await list.rowsOf(page.items);
    for (const [index, row] of rows.entries()) {
      if (examined.length < READ_AT_ONCE) examined.push(row);
      if (list.isWanted?.(row) === false) continue;
      items.push(row);
      if (items.length < limit) continue;
      // The next page begins behind this row, which may stand in the middle of what was read.
      const next = index === rows.length - 1 ? page.next : (await read(index + 1)).next;
      return { items, next, examined };
    }
    if (page.next === null) return { items, next: null, examined };
    start = page.next;
  }
}
