import { compileGlob, hasGlob } from "../config/index.ts";
import type { FileRef } from "./plan.ts";

/**
 * The files that an edge's pattern brings, by name. A pattern with `*`, `?` or `[…]` is held against the whole relative
 * path, and `*` crosses folders: `*.csv` finds `a.csv` and `results/a.csv`, `results/*.csv` only those in (or below)
 * `results`. A name without such characters means, in this order and only until something is found: the file of exactly
 * this name; the files beside it whose name without endings it is (`model` finds `model.pkl`); the files of the folder
 * of this name. A slash at the end (`model/`) means the folder alone.
 */
export function matchFiles(pattern: string, files: readonly FileRef[]): readonly FileRef[] {
  return filesNamed(pattern, files)
    .map((file) => withRoot(pattern, file))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Notes up to which folder the pattern named the file literally: `keep-directories: suffix` keeps what follows. */
function withRoot(pattern: string, file: FileRef): FileRef {
  const named = pattern.replace(/\/$/, "");
  const glob = pattern.search(/[*?[]/);
  const literal = file.name === pattern || glob < 0 ? named : pattern.slice(0, glob);
  const root = file.name.startsWith(`${named}/`) ? named : literal.slice(0, Math.max(0, literal.lastIndexOf("/")));
  return root === "" ? file : { ...file, wildcardRoot: root };
}

/** The files that a pattern means, in their order. */
export function filesNamed<File extends { readonly name: string }>(
  pattern: string,
  files: readonly File[],
): readonly File[] {
  if (hasGlob(pattern)) {
    const matches = compileGlob(pattern);
    const matched = files.filter((file) => matches(file.name));
    // A file may be named like a glob ("[final].csv"): then the pattern can mean it literally.
    return matched.length > 0 ? matched : files.filter((file) => file.name === pattern);
  }
  if (pattern.endsWith("/")) return files.filter((file) => file.name.startsWith(pattern));
  const exact = files.filter((file) => file.name === pattern);
  if (exact.length > 0) return exact;
  const stem = files.filter((file) => file.name.startsWith(`${pattern}.`) && !file.name.includes("/", pattern.length));
  if (stem.length > 0) return stem;
  return files.filter((file) => file.name.startsWith(`${pattern}/`));
}
