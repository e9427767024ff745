import { posix } from "node:path";
import { parentOf } from "./manifest.ts";

/** The paths of a version of the code, with the folders that they lie in. */
export class NamesOfCode {
  readonly paths: readonly string[];
  #names: ReadonlySet<string> | undefined;

  constructor(paths: readonly string[]) {
    this.paths = paths;
  }

  has(path: string): boolean {
    this.#names ??= withFolders(this.paths);
    return this.#names.has(plainPath(path));
  }
}

/** `./src//a.py` → `src/a.py`; the root is `""`. */
export function plainPath(path: string): string {
  return path
    .split("/")
    .filter((name) => name !== "" && name !== ".")
    .join("/");
}

const MOST_LINKS = 40;

/** The path that a path leads to, links of the code followed; undefined where they lead round in a circle. */
export function followLinks(path: string, targetAt: (path: string) => string | undefined): string | undefined {
  let at = plainPath(path);
  for (let step = 0; step < MOST_LINKS; step += 1) {
    const target = targetAt(at);
    if (target === undefined) return at;
    // Links that lead out are no part of the code, so that this stays within.
    at = posix.join("/", parentOf(at), target).slice(1);
  }
  return undefined;
}

function withFolders(paths: readonly string[]): ReadonlySet<string> {
  const names = new Set(["", ...paths]);
  for (const path of paths) {
    for (let folder = parentOf(path); !names.has(folder); folder = parentOf(folder)) names.add(folder);
  }
  return names;
}
