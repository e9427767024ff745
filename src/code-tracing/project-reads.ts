import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join, posix } from "node:path";
import { systemErrorCode } from "../errors.ts";
import { isLink, type ManifestFile } from "../snapshots/index.ts";
import { below, candidatesIn, indexManifest, type ManifestIndex, parentFolder, ROOT } from "./code-trace.ts";
import type { ProjectNote } from "./notes.ts";
import { resolvePath } from "./resolve-path.ts";
import type { TraceBuilder } from "./trace-builder.ts";
import type { ProjectPlace } from "./watch-files.ts";

/** Change times of files come from a clock that moves on every 1 to 10 ms. */
const TICK_MS = 12;
/** Installed packages count as what is installed on the machine; bytecode is only used where it fits its source. */
const NOT_CODE = /^\.headrace(\/|$)|(^|\/)(__pycache__|node_modules|[^/]+\.(egg-info|dist-info|egg-link))(\/|$)/;
/** Folders with such a file are environments. */
const ENVIRONMENTS = ["pyvenv.cfg", "conda-meta"];

/**
 * Adds to the trace what a step saw of the project's own folder. That is no part of the version that the step ran,
 * unless its view had that version in the folder's place, or the folder had the very same there all the time: then it
 * is as if the step had looked into its repository. Returns in words what is otherwise.
 */
export function takeProjectReads(
  builder: TraceBuilder,
  notes: readonly ProjectNote[],
  index: ManifestIndex,
  place: ProjectPlace,
): string | undefined {
  const comparison = new Comparison(index, place);
  const recorded = place.own === undefined ? undefined : new RecordedView(index, place.root, place.own);
  for (const { how, path: noted, name } of notes) {
    const path = posix.normalize(noted === "" ? ROOT : noted).replace(/\/$/, "");
    if (NOT_CODE.test(path) || name === "*.dist-info" || comparison.isInstalled(path)) continue;
    const other =
      how === "R"
        ? path
        : recorded?.isOfVersion(path) === true
          ? recorded.more(path, how, name)
          : comparison.other(path, how, name);
    if (other !== undefined)
      return `it looks at ${shown(other)} in the project's own folder, which is not part of the version that it ran`;
    if (how === "M") builder.searchModule(path, name ?? "");
    else if (how === "O") builder.open(path);
    else if (how === "S") builder.ask(path);
    else builder.list(path, how === "C");
  }
  return undefined;
}

function shown(path: string): string {
  return path === ROOT ? "the names" : path;
}

/**
 * The project's folder where it stood for the step as its version has it, with some paths of the folder's own in it.
 */
class RecordedView {
  readonly #index: ManifestIndex;
  readonly #root: string;
  readonly #own: ReadonlySet<string>;

  constructor(index: ManifestIndex, root: string, own: readonly string[]) {
    this.#index = index;
    this.#root = root;
    this.#own = new Set(own);
  }

  /** Neither the path itself nor what its links lead to is the folder's own. */
  isOfVersion(path: string): boolean {
    const resolved = resolvePath(this.#index, path, this.#root);
    return resolved.kind === "within" && ![path, ...resolved.links, resolved.path].some((at) => this.#isOwn(at));
  }

  /** Finds what stands in a folder besides what the version has there, and was listed or found with it. */
  more(path: string, how: string, name: string | undefined): string | undefined {
    const resolved = resolvePath(this.#index, path, this.#root);
    if (how === "S" || resolved.kind !== "within" || !this.#index.folders.has(resolved.path)) return undefined;
    const inFolder = this.#ownIn(resolved.path);
    if (how !== "M" || name === undefined) return inFolder.length === 0 ? undefined : resolved.path;
    const candidates = inFolder.filter((own) => isNamed(own, name));
    const package_ = this.#ownIn(below(resolved.path, name)).filter((own) => isNamed(own, "__init__"));
    return [...candidates, ...package_][0];
  }

  #isOwn(path: string): boolean {
    for (let at = path; at !== ROOT; at = parentFolder(at)) if (this.#own.has(at)) return true;
    return false;
  }

  #ownIn(folder: string): readonly string[] {
    return [...this.#own].filter((path) => parentFolder(path) === folder && !NOT_CODE.test(path));
  }
}

function isNamed(path: string, name: string): boolean {
  const last = path.slice(path.lastIndexOf("/") + 1);
  return last === name || last.startsWith(`${name}.`);
}

/** Each answer is the path that differs, or undefined where the project's folder has what the version has. */
class Comparison {
  readonly #index: ManifestIndex;
  readonly #place: ProjectPlace;
  readonly #known = new Map<string, boolean>();
  readonly #environments = new Map<string, boolean>();

  constructor(index: ManifestIndex, place: ProjectPlace) {
    this.#index = index;
    this.#place = place;
  }

  /** Within a virtual environment. */
  isInstalled(path: string): boolean {
    for (let folder = path; folder !== ROOT && !folder.startsWith(".."); folder = parentFolder(folder)) {
      const known =
        this.#environments.get(folder) ?? ENVIRONMENTS.some((name) => this.#stats(`${folder}/${name}`) !== undefined);
      this.#environments.set(folder, known);
      if (known) return true;
    }
    return false;
  }

  other(path: string, how: string, name = ""): string | undefined {
    return how === "M" ? this.#module(path, name) : this.#path(path, how);
  }

  #path(path: string, how: string): string | undefined {
    const resolved = resolvePath(this.#index, path, this.#place.root);
    if (resolved.kind !== "within") return path;
    for (const at of [...resolved.links, resolved.path]) if (!this.#isSame(at)) return at;
    const isListed = this.#index.folders.has(resolved.path) && how !== "S";
    return isListed && !this.#hasSameNames(resolved.path) ? resolved.path : undefined;
  }

  #module(folder: string, name: string): string | undefined {
    const other = this.#path(folder, "S");
    if (other !== undefined || !this.#index.folders.has(folder)) return other;
    const names = this.#names(folder);
    if (names === undefined) return folder;
    const package_ = names.includes(`${name}/`) ? (this.#names(below(folder, name)) ?? []) : [];
    const live = indexManifest([
      ...names.filter((entry) => !entry.endsWith("/")).map((entry) => liveEntry(below(folder, entry))),
      ...package_.filter((entry) => !entry.endsWith("/")).map((entry) => liveEntry(below(below(folder, name), entry))),
    ]);
    const [now, then] = [live, this.#index].map((index) => candidatesIn(folder, index)(name));
    // A folder without a file in it, such as one of bytecode alone, is no part of a version.
    return JSON.stringify(now) === JSON.stringify(then) ? undefined : below(folder, name);
  }

  #isSame(path: string): boolean {
    const known = this.#known.get(path) ?? this.#compare(path);
    this.#known.set(path, known);
    return known;
  }

  #compare(path: string): boolean {
    const stats = this.#stats(path);
    const entry = this.#index.entries.get(path);
    if (this.#index.folders.has(path)) return stats?.isDirectory() === true;
    if (entry === undefined) return stats === undefined && this.#stayedAway(path);
    if (stats === undefined || !this.#isOld(stats)) return false;
    if (isLink(entry)) return stats.isSymbolicLink() && readlinkSync(this.#at(path)) === entry.link;
    return stats.isFile() && this.#hasContent(path, entry, stats);
  }

  #hasContent(path: string, { size, sha256, executable }: ManifestFile, stats: Stats): boolean {
    if (stats.size !== size || ((stats.mode & 0o100) !== 0) !== executable) return false;
    return (
      createHash("sha256")
        .update(readFileSync(this.#at(path)))
        .digest("hex") === sha256
    );
  }

  /** Nothing was put there and taken away again: the nearest folder has not changed. */
  #stayedAway(path: string): boolean {
    let folder = parentFolder(path);
    while (folder !== ROOT && this.#stats(folder) === undefined) folder = parentFolder(folder);
    const stats = this.#stats(folder);
    return stats !== undefined && this.#isOld(stats);
  }

  #hasSameNames(folder: string): boolean {
    const stats = this.#stats(folder);
    return (
      stats !== undefined &&
      this.#isOld(stats) &&
      JSON.stringify(this.#names(folder)) === JSON.stringify(this.#index.folders.get(folder))
    );
  }

  /** As in listings, sorted. */
  #names(folder: string): readonly string[] | undefined {
    try {
      const entries = readdirSync(this.#at(folder), { withFileTypes: true });
      return entries
        .map((entry) => `${entry.name}${entry.isDirectory() ? "/" : entry.isSymbolicLink() ? "@" : ""}`)
        .sort();
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      return undefined;
    }
  }

  #isOld({ ctimeMs }: Stats): boolean {
    return ctimeMs < this.#place.startedAt - TICK_MS;
  }

  #stats(path: string): Stats | undefined {
    try {
      return lstatSync(this.#at(path), { throwIfNoEntry: false });
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      return undefined;
    }
  }

  #at(path: string): string {
    return join(this.#place.root, path);
  }
}

function liveEntry(spelled: string): ManifestFile | { readonly path: string; readonly link: string } {
  if (spelled.endsWith("@")) return { path: spelled.slice(0, -1), link: "" };
  return { path: spelled, sha256: "", size: 0, executable: false };
}
