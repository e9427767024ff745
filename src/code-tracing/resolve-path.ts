import { posix } from "node:path";
import { isLink } from "../snapshots/index.ts";
import { type ManifestIndex, parentFolder, ROOT } from "./code-trace.ts";

/** The place to which a path of the repository leads by the links of a version of the code. */
export type ResolvedPath =
  /** `links`: those on the way, which are then part of the answer. `path` is a file, a folder, or nothing at all. */
  | { readonly kind: "within"; readonly path: string; readonly links: readonly string[] }
  /** `path` is absolute. The links on that way are not known. */
  | { readonly kind: "outside"; readonly path: string; readonly links: readonly string[] }
  /** Links that lead in a circle. */
  | { readonly kind: "odd" };

const MOST_LINKS = 40;

/**
 * Follows a path as the kernel would, by the version's own links. `root` is where the repository stands, by which a
 * path may come back (`../repository/x`), also by an absolute link.
 */
export function resolvePath(index: ManifestIndex, path: string, root: string): ResolvedPath {
  const todo = path.split("/").reverse();
  const links: string[] = [];
  let at = root;
  while (todo.length > 0) {
    const part = todo.pop() ?? "";
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at = posix.dirname(at);
      continue;
    }
    at = at === "/" ? `/${part}` : `${at}/${part}`;
    const inner = innerPath(at, root);
    const entry = inner === undefined ? undefined : index.entries.get(inner);
    if (inner === undefined || entry === undefined || !isLink(entry)) continue;
    links.push(inner);
    if (links.length > MOST_LINKS) return { kind: "odd" };
    at = entry.link.startsWith("/") ? "/" : absolute(root, parentFolder(inner));
    todo.push(...entry.link.split("/").reverse());
  }
  const inner = innerPath(at, root);
  return inner === undefined ? { kind: "outside", path: at, links } : { kind: "within", path: inner, links };
}

function innerPath(path: string, root: string): string | undefined {
  if (path === root) return ROOT;
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
}

function absolute(root: string, path: string): string {
  return path === ROOT ? root : `${root}/${path}`;
}
