import { matchesGlob } from "./ignore-glob.ts";
import { type IgnorePattern, parseIgnoreFile } from "./ignore-pattern.ts";

/** Reads the ignore files of a folder (`""` is the root) as texts, the weaker first. */
export type ReadIgnoreFiles = (folder: string) => readonly string[];

/**
 * Finds the paths of a tree that its ignore files leave out. As git has it: a file in a deeper folder outweighs one
 * above, the last pattern that matches decides, and nothing below a folder that is left out can be brought back.
 */
export class IgnoreTree {
  readonly #read: ReadIgnoreFiles;
  readonly #layers = new Map<string, readonly Layer[]>();
  readonly #folders = new Map<string, boolean>([["", false]]);

  constructor(read: ReadIgnoreFiles) {
    this.#read = read;
  }

  /** `path` is relative to the root, `/`-separated. */
  isIgnored(path: string, isFolder: boolean): boolean {
    if (isFolder) return this.#isFolderIgnored(path);
    return this.#isFolderIgnored(parentOf(path)) || this.#decide(path, false);
  }

  #isFolderIgnored(folder: string): boolean {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    const ignored = this.#isFolderIgnored(parentOf(folder)) || this.#decide(folder, true);
    this.#folders.set(folder, ignored);
    return ignored;
  }

  #decide(path: string, isFolder: boolean): boolean {
    const layers = this.#layersAbove(parentOf(path));
    if (layers.length === 0) return false;
    const names = path.split("/");
    const name = names.slice(-1);
    for (const { depth, patterns } of layers) {
      const below = names.slice(depth);
      const match = patterns.findLast(
        ({ globs, foldersOnly, wholePath }) =>
          (isFolder || !foldersOnly) && globs.some((glob) => matchesGlob(glob, wholePath ? below : name)),
      );
      if (match !== undefined) return !match.negated;
    }
    return false;
  }

  /** The patterns that hold for what lies in a folder, the deepest first. */
  #layersAbove(folder: string): readonly Layer[] {
    const known = this.#layers.get(folder);
    if (known !== undefined) return known;
    const above = folder === "" ? [] : this.#layersAbove(parentOf(folder));
    const patterns = this.#read(folder).flatMap(parseIgnoreFile);
    const depth = folder === "" ? 0 : folder.split("/").length;
    const layers = patterns.length === 0 ? above : [{ depth, patterns }, ...above];
    this.#layers.set(folder, layers);
    return layers;
  }
}

interface Layer {
  /** The depth of the folder that the patterns are in. */
  readonly depth: number;
  readonly patterns: readonly IgnorePattern[];
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
