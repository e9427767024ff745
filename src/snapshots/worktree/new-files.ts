import { type Dirent, lstatSync, readdirSync, type Stats } from "node:fs";
import { systemErrorCode } from "../../errors.ts";
import type { Layout } from "./layout.ts";
import { compareRow, READ, type Table } from "./table.ts";

/** Files that a step has left in its checkout. */
export interface NewFiles {
  /** Some of them, by their path below the checkout, in order. */
  readonly names: readonly string[];
  /** The number of them all, `names` included. */
  readonly count: number;
  /** There may be more than were counted. */
  readonly isCut: boolean;
}

const NAMED = 3;
const MOST = 1_000;
/** Programs leave these behind unasked, and nobody misses them. */
const BY_THE_WAY = /^(\..*|__pycache__|.*\.py[co]|.*\.egg-info|node_modules|venv|_freeze|core\.\d+|nohup\.out)$/;

/** Looks into those folders alone that got entries. */
export function findNewFiles(root: string, layout: Layout, table: Table): NewFiles {
  const known = new Set([...layout.folders, ...layout.entries.map(({ path }) => path)]);
  const found: string[] = [];
  const isFull = (): boolean => found.length >= MOST;
  const look = (folder: string): void => {
    for (const entry of entriesIn(root, folder)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (isFull() || known.has(path) || BY_THE_WAY.test(entry.name)) continue;
      if (entry.isFile()) found.push(path);
      else if (entry.isDirectory()) look(path);
    }
  };
  for (const [item, folder] of layout.folders.entries()) {
    const stats = statsOf(folder === "" ? root : `${root}/${folder}`);
    // One that the step has replaced by a link leads elsewhere.
    if (stats?.isDirectory() === true && (compareRow(table, item, stats) & ~READ) !== 0) look(folder);
  }
  return { names: found.sort().slice(0, NAMED), count: found.length, isCut: isFull() };
}

/** Undefined where it is gone, or where the step has shut the way to it. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

function entriesIn(root: string, folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder === "" ? root : `${root}/${folder}`, { withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
