import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { readBounded } from "../bounded-file.ts";
import { compileCodePattern, LARGEST_KEYED_FILE_BYTES, splitCodePattern, valueAtKey } from "../config/index.ts";

/** More are not looked at: a check of a file is to be quick. */
const MOST_ENTRIES = 50_000;
const NOT_CODE = new Set([".git", ".headrace", "node_modules", ".venv"]);

/** Tells whether a pattern of `reuse: {code: […]}` matches a file below a folder, and one with the key that it names; where there are too many to look at, it is taken to do so. */
export function matcherIn(root: string): (pattern: string) => boolean {
  let listed: Listing | undefined;
  return (pattern) => {
    listed ??= listFiles(root);
    if (listed.isCut) return true;
    const { key } = splitCodePattern(pattern);
    const found = listed.paths.filter(compileCodePattern(pattern));
    return key === undefined ? found.length > 0 : found.some((path) => mayHave(join(root, path), key));
  };
}

/** A file that cannot be read by its keys counts as a whole. */
function mayHave(path: string, key: string): boolean {
  try {
    return valueAtKey(readBounded(path, LARGEST_KEYED_FILE_BYTES).toString("utf8"), key)?.kind !== "absent";
  } catch {
    return true;
  }
}

interface Listing {
  readonly paths: readonly string[];
  readonly isCut: boolean;
}

function listFiles(root: string): Listing {
  const paths: string[] = [];
  const folders = [""];
  let seen = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(join(root, folder))) {
      if (++seen > MOST_ENTRIES) return { paths, isCut: true };
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!leadsToFolder(entry, join(root, path))) paths.push(path);
      else if (!NOT_CODE.has(entry.name)) folders.push(path);
    }
  }
  return { paths, isCut: false };
}

/** A link to a folder that holds it is taken for a file: it leads to nothing that is not listed. */
function leadsToFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(path).isDirectory() && !path.startsWith(`${realpathSync.native(path)}/`);
  } catch {
    return false;
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
