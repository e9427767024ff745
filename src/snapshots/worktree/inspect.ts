import { lstatSync, type Stats } from "node:fs";
import { inTurns } from "../../concurrency/index.ts";
import { itemCount, itemPaths, type Layout, placeIn } from "./layout.ts";
import { compareRow, type Table } from "./table.ts";

/** For each item of the layout, how it differs from its row (bits of table.ts). */
export async function inspect(tree: string, layout: Layout, table: Table): Promise<Uint8Array> {
  const flags = new Uint8Array(itemCount(layout));
  await inTurns(itemPaths(layout), (path, item) => {
    flags[item] = compareRow(table, item, lstatSafely(placeIn(tree, path)));
  });
  return flags;
}

/** A folder that its step made inaccessible hides what is in it: that is gone, as far as anyone can tell. */
function lstatSafely(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
