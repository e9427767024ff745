import { readdirSync, type Stats, statSync } from "node:fs";

/** A folder that has just changed may change again within the same tick of its clock, which no time would tell. */
const SETTLED_MS = 2_000;

interface Listing {
  readonly stamp: string;
  readonly names: ReadonlySet<string>;
}

/**
 * The names in folders, in their order. A folder is listed again only when its own times have changed, which they do
 * whenever a name in it comes or goes: search paths and folders of packages hold thousands of names and change rarely.
 */
export class FolderNames {
  readonly #listings = new Map<string, Listing>();

  /** None where there is no such folder, or it cannot be read. */
  of(folder: string): ReadonlySet<string> {
    const stats = statsOf(folder);
    if (stats === undefined) return NONE;
    const stamp = `${stats.dev} ${stats.ino} ${stats.mtimeMs} ${stats.ctimeMs}`;
    const known = this.#listings.get(folder);
    if (known?.stamp === stamp) return known.names;
    const names = list(folder);
    if (Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > SETTLED_MS) this.#listings.set(folder, { stamp, names });
    else this.#listings.delete(folder);
    return names;
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Undefined where nothing is there: an exception for each missing folder would cost more than the look. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function list(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder).sort());
  } catch {
    return NONE;
  }
}
