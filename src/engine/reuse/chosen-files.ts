import { type ManifestIndex, resolvePath } from "../../code-tracing/index.ts";
import { compileCodePattern } from "../../config/index.ts";
import type { ManifestEntry } from "../../snapshots/index.ts";

/**
 * Links to folders that hold links to folders multiply; a version with more paths than this is not listed to its end.
 */
const MOST_PATHS = 1_000_000;

/** Any absolute path: links of a version that lead out of it have no part in it, wherever it stands. */
const ROOT = "/valohai/repository";

export interface SeenPath {
  /** As a step can write it: by way of links, too. */
  readonly path: string;
  /** The paths of the version that it stands for: the file, and the links on the way. */
  readonly entries: readonly string[];
}

/** Every path by which a step can reach a file of a version; undefined where there are too many. */
export function seenPaths(index: ManifestIndex): readonly SeenPath[] | undefined {
  const found: SeenPath[] = [];
  const walk = (folder: string, shown: string, links: readonly string[], trail: ReadonlySet<string>): void => {
    for (const name of index.folders.get(folder) ?? []) {
      if (found.length > MOST_PATHS) return;
      const plain = name.replace(/[/@]$/, "");
      const [path, inner] = [join(shown, plain), join(folder, plain)];
      if (name.endsWith("/")) walk(inner, path, links, trail);
      else if (name.endsWith("@")) follow(inner, path, links, trail);
      else found.push({ path, entries: [...links, inner] });
    }
  };
  const follow = (link: string, shown: string, links: readonly string[], trail: ReadonlySet<string>): void => {
    const target = resolvePath(index, link, ROOT);
    const passed = [...new Set([...links, link, ...(target.kind === "odd" ? [] : target.links)])];
    found.push({
      path: shown,
      entries: target.kind === "within" && index.entries.has(target.path) ? [...passed, target.path] : passed,
    });
    if (target.kind !== "within" || !index.folders.has(target.path) || trail.has(target.path)) return;
    walk(target.path, shown, passed, new Set([...trail, target.path]));
  };
  walk(".", "", [], new Set(["."]));
  return found.length > MOST_PATHS ? undefined : found;
}

/**
 * The files and links of a version that patterns name, in its order; those to which links lead are among them. All of
 * them where they cannot be told.
 */
export function chooseFiles(
  { entries, index }: { readonly entries: readonly ManifestEntry[]; readonly index: ManifestIndex },
  patterns: readonly string[],
): readonly ManifestEntry[] {
  const paths = seenPaths(index);
  if (paths === undefined) return entries;
  const tests = patterns.map(compileCodePattern);
  const chosen = new Set(
    paths.filter(({ path }) => tests.some((matches) => matches(path))).flatMap((seen) => seen.entries),
  );
  return entries.filter(({ path }) => chosen.has(path));
}

function join(folder: string, name: string): string {
  return folder === "" || folder === "." ? name : `${folder}/${name}`;
}
