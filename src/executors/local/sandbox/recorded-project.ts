import {
  chmodSync,
  copyFileSync,
  type Dirent,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";
import { isWithin } from "./paths.ts";
import { bind, bindFile, type ViewPart } from "./view-part.ts";

/**
 * The project's own folder as a step sees it: the version that it runs, and what no version has (data that git ignores,
 * environments).
 */
export interface RecordedProject {
  /** The folder that stands at the project's path. */
  readonly source: string;
  /** The files and folders that are bound into it. */
  readonly parts: readonly Extract<ViewPart, { readonly kind: "bind" }>[];
  /** Paths of it, relative, that are the folder's own and no part of the version. */
  readonly own: readonly string[];
  /** Returns true if something stands at this absolute path below the project. */
  has(path: string): boolean;
}

export interface RecordedProjectRequest {
  readonly projectRoot: string;
  readonly stateFolder: string;
  /** The version's checkout. */
  readonly checkout: string;
  /** The folder in which it is made. */
  readonly scratch: string;
}

/** Each mount costs a step a good part of a millisecond. */
const MOST_MOUNTS = 64;
const MOST_COPIES = 500;
/** Larger files are mounted. */
const LARGEST_COPY_BYTES = 1024 * 1024;
/** So many entries of the project's folder are looked at. */
const MOST_ENTRIES = 20_000;

/**
 * Lays the checkout of a version over the project's own folder, so that absolute paths and editable installs lead to
 * the code that is recorded. Undefined where that takes too much: then the step sees the folder as it is, and what it
 * reads there is compared (code-tracing/project-reads.ts).
 */
export function recordProject(request: RecordedProjectRequest): RecordedProject | undefined {
  const source = join(request.scratch, "project");
  try {
    const plan = new Plan(request);
    if (!plan.lay("")) return undefined;
    plan.make(source);
    return { source, parts: plan.parts, own: plan.own, has: (path) => plan.has(path) };
  } catch (error) {
    // Folders that change, or that this user cannot read.
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}

type Made = { readonly path: string } & (
  | { readonly link: string }
  | { readonly copyOf: string }
  | { readonly folder: true }
);

class Plan {
  readonly parts: Extract<ViewPart, { readonly kind: "bind" }>[] = [];
  readonly own: string[] = [];
  readonly #request: RecordedProjectRequest;
  readonly #made: Made[] = [];
  #copies = 0;
  #seen = 0;

  constructor(request: RecordedProjectRequest) {
    this.#request = request;
  }

  /** Lays out one folder that both have; false where it takes too much, and nothing is laid out. */
  lay(folder: string): boolean {
    const before = { parts: this.parts.length, own: this.own.length, made: this.#made.length, copies: this.#copies };
    const recorded = entriesOf(join(this.#request.checkout, folder));
    const live = this.#liveEntries(folder);
    for (const entry of recorded.values()) this.#layRecorded(join(folder, entry.name), entry, live.get(entry.name));
    for (const entry of live.values()) if (!recorded.has(entry.name)) this.#keep(join(folder, entry.name), entry);
    if (this.parts.length <= MOST_MOUNTS && this.#copies <= MOST_COPIES && this.#seen <= MOST_ENTRIES) return true;
    this.parts.length = before.parts;
    this.own.length = before.own;
    this.#made.length = before.made;
    this.#copies = before.copies;
    return false;
  }

  make(root: string): void {
    mkdirSync(root, { recursive: true, mode: 0o755 });
    for (const made of this.#made) {
      const path = join(root, made.path);
      if ("folder" in made) mkdirSync(path, { recursive: true });
      else if ("link" in made) makeLink(made.link, path);
      else copy(made.copyOf, path);
    }
  }

  has(path: string): boolean {
    const { projectRoot, checkout } = this.#request;
    const inner = path.slice(projectRoot.length + 1);
    if (this.own.some((own) => isWithin(inner, own))) return true;
    return statSync(join(checkout, inner), { throwIfNoEntry: false }) !== undefined;
  }

  #layRecorded(path: string, entry: Dirent, live: Dirent | undefined): void {
    const { checkout, projectRoot } = this.#request;
    const source = join(checkout, path);
    if (entry.isSymbolicLink()) this.#made.push({ path, link: readlinkSync(source) });
    else if (entry.isFile()) this.#layFile(path, source);
    else if (entry.isDirectory()) {
      this.#made.push({ path, folder: true });
      if (live?.isDirectory() !== true || !this.#hasMore(path))
        this.parts.push(bind(join(projectRoot, path), source, false));
      else if (!this.lay(path)) this.#keep(path, entry);
    }
  }

  #layFile(path: string, source: string): void {
    if (statSync(source).size > LARGEST_COPY_BYTES) {
      this.parts.push(bindFile(join(this.#request.projectRoot, path), source));
      return;
    }
    this.#copies += 1;
    this.#made.push({ path, copyOf: source });
  }

  /** Shows what the project's folder has. */
  #keep(path: string, entry: Dirent): void {
    const at = join(this.#request.projectRoot, path);
    if (entry.isSymbolicLink()) this.#made.push({ path, link: readlinkSync(at) });
    else if (entry.isDirectory()) {
      this.#made.push({ path, folder: true });
      this.parts.push(bind(at, at, false));
    } else if (entry.isFile()) this.parts.push(bindFile(at, at));
    else return;
    this.own.push(path);
  }

  /** Returns true if the project's folder has something here, or further below, that the version has not. */
  #hasMore(folder: string): boolean {
    const recorded = entriesOf(join(this.#request.checkout, folder));
    const live = this.#liveEntries(folder);
    if (this.#seen > MOST_ENTRIES) return true;
    for (const { name } of live.values()) if (!recorded.has(name)) return true;
    return [...recorded.values()].some(
      (entry) =>
        entry.isDirectory() && live.get(entry.name)?.isDirectory() === true && this.#hasMore(join(folder, entry.name)),
    );
  }

  /** Without Headrace's own folder, and without bytecode, which is of the files that stand there now. */
  #liveEntries(folder: string): ReadonlyMap<string, Dirent> {
    const { projectRoot, stateFolder } = this.#request;
    const entries = [...entriesOf(join(projectRoot, folder))].filter(
      ([name, entry]) => !entry.isSocket() && name !== "__pycache__" && join(projectRoot, folder, name) !== stateFolder,
    );
    this.#seen += entries.length;
    return new Map(entries);
  }
}

function entriesOf(folder: string): ReadonlyMap<string, Dirent> {
  return new Map(readdirSync(folder, { withFileTypes: true }).map((entry) => [entry.name, entry]));
}

/** Renamed into place: several engines may prepare the same start. */
function copy(from: string, to: string): void {
  const aside = `${to}.${process.pid}.new`;
  copyFileSync(from, aside);
  chmodSync(aside, statSync(from).mode & 0o777);
  renameSync(aside, to);
}

function makeLink(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
  }
}
