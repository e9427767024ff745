import { foldersOf, isLink, type ManifestEntry } from "../manifest.ts";

/**
 * A version of the code as a checkout has it: every folder, then every file and link, each with a fixed place in the
 * order.
 */
export interface Layout {
  readonly commit: string;
  readonly entries: readonly ManifestEntry[];
  /** The root is `""`; each folder stands after the one it lies in. */
  readonly folders: readonly string[];
  readonly sizeBytes: number;
}

export function layoutOf(commit: string, entries: readonly ManifestEntry[]): Layout {
  const sizeBytes = entries.reduce((sum, entry) => sum + (isLink(entry) ? 0 : entry.size), 0);
  return { commit, entries, folders: ["", ...foldersOf(entries)], sizeBytes };
}

export function itemCount({ folders, entries }: Layout): number {
  return folders.length + entries.length;
}

/** Paths in the order of the table, relative to the root. */
export function* itemPaths({ folders, entries }: Layout): Generator<string> {
  yield* folders;
  for (const { path } of entries) yield path;
}

/** Returns the place on the disk of a path of the checkout. */
export function placeIn(tree: string, path: string): string {
  return path === "" ? tree : `${tree}/${path}`;
}
