import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder that a person has named, with those above it; one that is there is fine. Throws the error of the
 * system. Node's own way (`recursive`) never returns, and cannot be interrupted, where a file system takes no folders:
 * /proc and /sys answer that the folder is not there, and it tries again for ever.
 */
export function makeFolder(path: string, mode?: number): void {
  const missing: string[] = [];
  let folder = resolve(path);
  for (; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  if (missing.length === 0 && !statSync(folder).isDirectory()) mkdirSync(folder, { mode });
  for (const each of missing) makeOne(each, mode);
}

function makeOne(folder: string, mode: number | undefined): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile; a link that leads nowhere is no folder.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
