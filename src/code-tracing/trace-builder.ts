import { isLink } from "../snapshots/index.ts";
import {
  below,
  type CodeTrace,
  candidatesIn,
  type ManifestIndex,
  parentFolder,
  ROOT,
  type SeenFile,
} from "./code-trace.ts";
import { resolvePath } from "./resolve-path.ts";

/** Puts together what a step saw of one version of the code, from what was noted of it. */
export class TraceBuilder {
  readonly #index: ManifestIndex;
  readonly #root: string;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #absent = new Set<string>();
  readonly #listings = new Set<string>();
  readonly #modules = new Map<string, Set<string>>();
  readonly #strays = new Set<string>();
  #odd: string | undefined;

  /** `root` is where the repository's folder was for the step. */
  constructor(index: ManifestIndex, root: string) {
    this.#index = index;
    this.#root = root;
  }

  /** A path that could not be followed. */
  get odd(): string | undefined {
    return this.#odd;
  }

  /** Absolute paths outside of the repository, to which its links led. */
  get strays(): readonly string[] {
    return [...this.#strays];
  }

  /** A file whose content, link whose target counts, by its own path. */
  read(path: string): void {
    this.#files.add(path);
  }

  /** Its existence and, for a file, its content count. */
  ask(path: string): void {
    const found = this.#resolve(path);
    if (found === undefined) return;
    if (this.#index.folders.has(found)) this.#folders.add(found);
    else this.#askLeaf(found);
  }

  /** To open a folder is to list it. */
  open(path: string): void {
    const found = this.#resolve(path);
    if (found === undefined) return;
    if (this.#index.folders.has(found)) this.#list(found);
    else this.#askLeaf(found);
  }

  /** The names in a folder count, and their kinds; also their sizes where it is `measured`. */
  list(path: string, measured = false): void {
    const found = this.#resolve(path);
    if (found === undefined) return;
    const names = this.#index.folders.get(found);
    if (names === undefined) this.#askLeaf(found);
    else this.#list(found);
    if (measured)
      for (const name of names ?? [])
        if (!name.endsWith("/") && !name.endsWith("@")) this.#files.add(below(found, name));
  }

  searchModule(folder: string, name: string): void {
    const found = this.#resolve(folder);
    if (found === undefined) return;
    const names = this.#modules.get(found);
    if (!this.#index.folders.has(found)) this.#askLeaf(found);
    else if (names === undefined) this.#modules.set(found, new Set([name]));
    else names.add(name);
  }

  /** Returns true if something of this version stands at a path or below it. */
  has(path: string): boolean {
    const found = this.#resolve(path);
    return found !== undefined && (this.#index.entries.has(found) || this.#index.folders.has(found));
  }

  build(): CodeTrace {
    const { entries, folders } = this.#index;
    // From entries: a file may be called `__proto__`.
    const files = [...this.#files].sort().flatMap((path): readonly (readonly [string, SeenFile])[] => {
      const entry = entries.get(path);
      if (entry === undefined) return [];
      return [[path, isLink(entry) ? { link: entry.link } : { sha256: entry.sha256, executable: entry.executable }]];
    });
    const modules = [...this.#modules]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([folder, names]) => {
        const candidates = candidatesIn(folder, this.#index);
        return [folder, Object.fromEntries([...names].sort().map((name) => [name, candidates(name)]))] as const;
      });
    return {
      version: 1,
      files: Object.fromEntries(files),
      folders: [...this.#folders].sort(),
      absent: [...this.#absent].sort(),
      listings: Object.fromEntries([...this.#listings].sort().map((path) => [path, folders.get(path) ?? []])),
      modules: Object.fromEntries(modules),
    };
  }

  #list(folder: string): void {
    if (this.#listings.has(folder)) return;
    this.#listings.add(folder);
    // A program that lists a folder also learns of each link if it leads to a folder.
    for (const name of this.#index.folders.get(folder) ?? [])
      if (name.endsWith("@")) this.ask(below(folder, name.slice(0, -1)));
  }

  /** A file, or nothing: then what stands in the way of the path, or that nothing is there. */
  #askLeaf(path: string): void {
    for (let at = path; at !== ROOT; at = parentFolder(at)) {
      if (!this.#index.entries.has(at)) continue;
      this.#files.add(at);
      return;
    }
    this.#absent.add(path);
  }

  #resolve(path: string): string | undefined {
    const resolved = resolvePath(this.#index, path, this.#root);
    if (resolved.kind === "odd") {
      this.#odd ??= path;
      return undefined;
    }
    for (const link of resolved.links) this.#files.add(link);
    if (resolved.kind === "within") return resolved.path;
    this.#strays.add(resolved.path);
    return undefined;
  }
}
