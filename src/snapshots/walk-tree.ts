import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { systemErrorCode } from "../errors.ts";
import { allIgnores, isReserved } from "./ignore-files.ts";
import type { IgnoreTree } from "./ignore-tree.ts";
import type { Warnings } from "./working-tree.ts";

export const NOT_UTF8 = "names that are not UTF-8, left out of the code";

/** Lists the files below a folder by looking, for want of git. Synchronous: four times as fast as the promise API. */
export function walkTree(root: string, warnings: Warnings): readonly string[] {
  const ignores = allIgnores(root);
  const paths: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(root, folder, warnings)) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (isReserved(entry.name) || isLeftOut(path, entry, ignores)) continue;
      if (entry.name.includes("\uFFFD") && !isThere(`${root}/${path}`)) warnings.file(path, NOT_UTF8);
      else if (entry.isDirectory()) folders.push(path);
      else paths.push(path);
    }
  }
  return paths;
}

function isLeftOut(path: string, entry: Dirent, ignores: IgnoreTree): boolean {
  return ignores.isIgnored(path, entry.isDirectory());
}

function entriesOf(root: string, folder: string, warnings: Warnings): readonly Dirent[] {
  try {
    return readdirSync(folder === "" ? root : `${root}/${folder}`, { withFileTypes: true });
  } catch (error) {
    const code = systemErrorCode(error);
    if (folder === "" || (code !== "EACCES" && code !== "EPERM" && code !== "ENOENT")) throw error;
    if (code !== "ENOENT") warnings.file(`${folder}/`, "folders that may not be read, left out of the code");
    return [];
  }
}

/** A name with a replacement character was either written so, or is not UTF-8 and so cannot be asked for. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
