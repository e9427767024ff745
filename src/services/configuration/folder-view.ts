import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { readBounded } from "../../bounded-file.ts";
import { systemErrorCode } from "../../errors.ts";
import type { CodeView } from "../../snapshots/index.ts";

/** More are not looked at: a check of a file is to be quick. */
const MOST_ENTRIES = 50_000;
const NOT_CODE = new Set([".git", ".headrace", "node_modules", ".venv"]);

/** A folder as it lies on the disk; what of it is code is not asked. */
export interface FolderView extends CodeView {
  has(path: string): boolean;
}

export function folderView(root: string): FolderView {
  let listed: Listing | undefined;
  const has = (path: string): boolean => statSync(join(root, path), { throwIfNoEntry: false }) !== undefined;
  const paths = (): readonly string[] | undefined => {
    listed ??= listFiles(root);
    return listed.isCut ? undefined : listed.paths;
  };
  return {
    has,
    read: async (path, maxBytes) => {
      try {
        return readBounded(join(root, path), maxBytes);
      } catch (error) {
        if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return undefined;
        throw error;
      }
    },
    files: async () => ({ has, paths }),
  };
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
