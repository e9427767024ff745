import { statSync } from "node:fs";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../bounded-file.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { IgnoreTree } from "./ignore-tree.ts";

/** Valohai's name is honoured so that a project can be used with both; ours outweighs it. */
export const OWN_FILES: readonly string[] = [".vhignore", ".headraceignore"];

/**
 * Nobody means to keep these files as code; without git there is often no ignore file to say so. An ignore file can
 * bring them back by `!`.
 */
const DEFAULTS = "__pycache__/\n*.pyc\n.venv/\n.ipynb_checkpoints/\n.DS_Store\n";

/** The same for what git does not know yet: a repository without a `.gitignore` has its bytecode lying about. */
export function untrackedIgnores(root: string): IgnoreTree {
  return new IgnoreTree((folder) => [
    ...(folder === "" ? [DEFAULTS] : []),
    ...OWN_FILES.flatMap((name) => readIfThere(root, folder, name)),
  ]);
}

/** On top of what git leaves out already. */
export function ownIgnores(root: string): IgnoreTree {
  return new IgnoreTree((folder) => OWN_FILES.flatMap((name) => readIfThere(root, folder, name)));
}

/**
 * For a folder without git; a `.gitignore` that came along (with an archive of a repository) counts as git would count
 * it.
 */
export function allIgnores(root: string): IgnoreTree {
  return new IgnoreTree((folder) => [
    ...(folder === "" ? [DEFAULTS] : []),
    ...[".gitignore", ...OWN_FILES].flatMap((name) => readIfThere(root, folder, name)),
  ]);
}

/** Names that are never code, at any depth: the stores of git and of Headrace. */
export function isReserved(name: string): boolean {
  return name === ".headrace" || name.toLowerCase() === ".git";
}

export function hasReservedName(path: string): boolean {
  return (path.includes(".headrace") || /\.git/i.test(path)) && path.split("/").some(isReserved);
}

function readIfThere(root: string, folder: string, name: string): readonly string[] {
  const path = `${root}/${folder === "" ? "" : `${folder}/`}${name}`;
  // Asked first, because it is asked for every folder: an exception costs ten times as much.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
  try {
    return [readBounded(path, WRITTEN_BY_HAND_BYTES).toString()];
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    // Read as if it were empty, it would bring into the code what it is to keep out.
    throw new HeadraceError("HR_SNAPSHOT_FAILED", `${path} cannot be read (${code})`, {
      hint: "it says which files are no code: make it readable, or remove it",
      cause: error,
    });
  }
}
