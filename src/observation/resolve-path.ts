import { isLink } from "../snapshots/index.ts";
import { below, type ManifestIndex, parentFolder, ROOT } from "./code-trace.ts";

/** Where a path of the repository leads by the links of a version of the code. */
export type ResolvedPath =
  /** `links`: those on the way, which are then part of the answer. `path` is a file, a folder, or nothing at all. */
  | { readonly kind: "within"; readonly path: string; readonly links: readonly string[] }
  | { readonly kind: "outside" }
  /** Links that lead in a circle, or a way out and back in. */
  | { readonly kind: "odd" };

const MOST_LINKS = 40;

/**
 * Follows a path as the kernel would, by the version's own links. `name` is the repository's own, by which a path may come back
 * (`../repository/x`).
 */
export function resolvePath(index: ManifestIndex, path: string, name: string): ResolvedPath {
  const todo = path.split("/").reverse();
  const links: string[] = [];
  let at = ROOT;
  let isOutside = false;
  while (todo.length > 0) {
    const part = todo.pop() ?? "";
    if (part === "" || part === ".") continue;
    if (isOutside) {
      if (part !== name) return { kind: "outside" };
      isOutside = false;
    } else if (part === "..") {
      if (at === ROOT) isOutside = true;
      else at = parentFolder(at);
    } else {
      at = below(at, part);
      const entry = index.entries.get(at);
      if (entry === undefined || !isLink(entry)) continue;
      links.push(at);
      if (links.length > MOST_LINKS) return { kind: "odd" };
      at = parentFolder(at);
      todo.push(...entry.link.split("/").reverse());
    }
  }
  return isOutside ? { kind: "outside" } : { kind: "within", path: at, links };
}
