import { chmodSync, lstatSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { BlobStore } from "../../blobs/index.ts";
import { inTurns } from "../../concurrency/index.ts";
import { removeTree } from "../../remove-tree.ts";
import { isLink, type ManifestEntry, type ManifestFile } from "../manifest.ts";
import { inspect } from "./inspect.ts";
import { itemPaths, type Layout, placeIn } from "./layout.ts";
import { emptyTable, FIELDS, GONE, plant, READ, REARRANGED, setRow, type Table, TOUCHED, YOUNG } from "./table.ts";

/** Anything of this, and a file is written anew, a folder made anew. To have been read does no harm. */
const UNSURE = TOUCHED | REARRANGED | GONE | YOUNG;

export interface MendOptions {
  readonly tree: string;
  /** An empty folder beside the tree, for what is taken out of it. */
  readonly aside: string;
  readonly blobs: BlobStore;
  readonly from: Layout;
  readonly table: Table;
  readonly to: Layout;
}

/**
 * Makes a used checkout a pristine one, of the same or another version of the code, by writing only what differs. Files
 * that were touched get new bytes in a new inode (whoever still has the old one open, or linked, keeps that), folders
 * that were touched are made anew: what was added stays behind in the old one, and so do attributes. The tree may be
 * anything; an error here means that it is thrown away.
 */
export async function mend(options: MendOptions): Promise<Table> {
  const { tree, from, table, to, blobs } = options;
  const flags = await inspect(tree, from, table);
  const wanted = new Map(to.entries.map((entry) => [entry.path, entry]));
  const kept = new Map<string, number>();
  for (const [index, entry] of from.entries.entries()) {
    const item = from.folders.length + index;
    if (((flags[item] ?? GONE) & UNSURE) === 0 && isSameEntry(entry, wanted.get(entry.path)))
      kept.set(entry.path, item);
  }
  const remade = await arrangeFolders(options, flags, kept);
  const missing = to.entries.filter(({ path }) => !kept.has(path));
  await placeEntries(tree, missing, blobs);
  return await record(options, flags, { kept, remade, missing });
}

function isSameEntry(a: ManifestEntry, b: ManifestEntry | undefined): boolean {
  if (b === undefined) return false;
  if (isLink(a) || isLink(b)) return isLink(a) && isLink(b) && a.link === b.link;
  return a.sha256 === b.sha256 && a.executable === b.executable;
}

interface Remade {
  /** Made anew: what is in them was moved there. */
  readonly folders: Set<string>;
  /** Something was put into them, or taken out. */
  readonly changed: Set<string>;
}

/**
 * Afterwards all wanted folders are there, with nothing in them but wanted folders and kept entries. From the root
 * down, so that every path that is touched leads through folders that are known to be ours: a step may have put links
 * in their place.
 */
async function arrangeFolders(
  { tree, aside, from, to }: MendOptions,
  flags: Uint8Array,
  kept: ReadonlyMap<string, number>,
): Promise<Remade> {
  const remade = { folders: new Set<string>(), changed: new Set<string>() };
  const wanted = new Set(to.folders);
  const fate = new Map(from.folders.map((path, item) => [path, flags[item] ?? GONE]));
  const stays = childrenOf([...from.folders.filter((path) => path !== "" && wanted.has(path)), ...kept.keys()]);
  const goes = childrenOf([
    ...from.folders.filter((path) => !wanted.has(path)),
    ...from.entries.map(({ path }) => path).filter((path) => !kept.has(path)),
  ]);
  let count = 0;
  const takeOut = (place: string): string => {
    count += 1;
    moveAside(place, `${aside}/${count}`);
    return `${aside}/${count}`;
  };
  await inTurns(to.folders, (path) => {
    const place = placeIn(tree, path);
    const state = fate.get(path);
    if (state !== undefined && (state & UNSURE) === 0) {
      for (const child of goes.get(path) ?? []) {
        takeOut(placeIn(tree, child));
        remade.changed.add(path);
      }
      return;
    }
    remade.folders.add(path);
    remade.changed.add(parentOf(path));
    const old = state === undefined ? undefined : takeOut(place);
    makeFolder(place);
    if (old === undefined || state === GONE) return;
    for (const child of stays.get(path) ?? []) {
      if (fate.get(child) !== GONE) renameSync(`${old}/${basename(child)}`, placeIn(tree, child));
    }
  });
  await removeTree(aside);
  return remade;
}

/** Moving a folder takes the right to write into it, since its `..` changes. */
function moveAside(place: string, old: string): void {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (stats.isDirectory() && (stats.mode & 0o700) !== 0o700) chmodSync(place, 0o700);
  renameSync(place, old);
}

/** Readable for everybody, whatever the umask: a container may run as another user. */
export function makeFolder(place: string): void {
  mkdirSync(place);
  chmodSync(place, 0o755);
}

function childrenOf(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>();
  for (const path of paths) {
    const parent = parentOf(path);
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [path]);
    else known.push(path);
  }
  return children;
}

function parentOf(path: string): string {
  const parent = dirname(path);
  return parent === "." ? "" : parent;
}

/** Links come last, so that no file is ever written through one. */
export async function placeEntries(tree: string, entries: readonly ManifestEntry[], blobs: BlobStore): Promise<void> {
  const files = entries.filter((entry): entry is ManifestFile => !isLink(entry));
  await blobs.placeCopies(
    files.map(({ path, sha256, executable }) => ({ sha256, target: placeIn(tree, path), executable })),
  );
  await inTurns(entries.filter(isLink), ({ path, link }) => symlinkSync(link, placeIn(tree, path)));
}

interface Mended {
  readonly kept: ReadonlyMap<string, number>;
  readonly remade: Remade;
  /** The entries that were written. */
  readonly missing: readonly ManifestEntry[];
}

/**
 * Plants the access times and takes down how everything looks; rows of what nobody has touched since are taken over.
 */
async function record(
  { tree, from, table, to }: MendOptions,
  flags: Uint8Array,
  { kept, remade, missing }: Mended,
): Promise<Table> {
  const earlier = new Map(from.folders.map((path, item) => [path, item]));
  const changed = new Set([...remade.folders, ...remade.changed, ...missing.map(({ path }) => parentOf(path))]);
  const next = emptyTable(to, lstatSync(tree).dev);
  const takeOver = (item: number, path: string): boolean => {
    const isFolder = item < to.folders.length;
    const old = isFolder ? earlier.get(path) : kept.get(path);
    if (old === undefined || ((flags[old] ?? GONE) & (UNSURE | READ)) !== 0) return false;
    // An item that was moved along with a folder, or a folder whose entries were exchanged, has a new change time.
    if ((isFolder && changed.has(path)) || (path !== "" && remade.folders.has(parentOf(path)))) return false;
    next.rows.set(table.rows.subarray(old * FIELDS, (old + 1) * FIELDS), item * FIELDS);
    return true;
  };
  await inTurns(itemPaths(to), (path, item) => {
    if (!takeOver(item, path)) plantAndRecord(placeIn(tree, path), item, next);
  });
  return { ...next, recordedAt: Date.now() };
}

/** The same for a checkout that was written just now. */
export async function recordAll(tree: string, layout: Layout): Promise<Table> {
  const table = emptyTable(layout, lstatSync(tree).dev);
  await inTurns(itemPaths(layout), (path, item) => plantAndRecord(placeIn(tree, path), item, table));
  return { ...table, recordedAt: Date.now() };
}

function plantAndRecord(place: string, item: number, table: Table): void {
  plant(place, lstatSync(place));
  setRow(table, item, lstatSync(place));
}
