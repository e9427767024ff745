import { isLink, type ManifestEntry } from "../snapshots/index.ts";

/**
 * The part of the repository that a step saw: everything of a version of the code that can have affected what the step
 * did. A version that agrees with a trace would have shown the step the same.
 *
 * Paths are relative to the repository, `.` is the repository itself. The step's own writes never stand here.
 */
export interface CodeTrace {
  readonly version: 1;
  /** Files and links that were read, or whose status was asked for. */
  readonly files: Readonly<Record<string, SeenFile>>;
  /** Folders whose existence was asked for. */
  readonly folders: readonly string[];
  /** Paths that were looked for, and are not in this version. */
  readonly absent: readonly string[];
  /** Folders that were listed, with what stands in them: `name`, `name/` for a folder, `name@` for a link. */
  readonly listings: Readonly<Record<string, readonly string[]>>;
  /** Folders in which Python looked for modules: by the module's name what stands there that could be it. */
  readonly modules: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export type SeenFile = { readonly sha256: string; readonly executable: boolean } | { readonly link: string };

/** The difference between a version of the code and the one that a step saw. */
export interface TraceDifference {
  readonly path: string;
  /**
   * `appeared`: it is there now, and the step had looked for it in vain. `listing`: a folder that the step listed has
   * other names in it.
   */
  readonly what: "changed" | "removed" | "appeared" | "listing";
  /** The names in a listing that are new, and those that are gone. */
  readonly names?: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** The value of a key within a file (`params.yaml#train.lr`), for humans; null if the file is not there. */
  readonly values?: { readonly before: string | null; readonly after: string | null };
}

export type TraceVerdict =
  | { readonly holds: true }
  | { readonly holds: false; readonly differences: readonly TraceDifference[] };

/** A version of the code, made ready for many questions. */
export interface ManifestIndex {
  readonly entries: ReadonlyMap<string, ManifestEntry>;
  /** The names in each folder, spelled as in a listing, sorted. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

export const ROOT = ".";

export function indexManifest(manifest: readonly ManifestEntry[]): ManifestIndex {
  const entries = new Map<string, ManifestEntry>();
  const folders = new Map<string, string[]>([[ROOT, []]]);
  const addFolder = (folder: string): string[] => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    addFolder(parentFolder(folder)).push(`${nameOf(folder)}/`);
    const names: string[] = [];
    folders.set(folder, names);
    return names;
  };
  for (const entry of manifest) {
    entries.set(entry.path, entry);
    addFolder(parentFolder(entry.path)).push(isLink(entry) ? `${nameOf(entry.path)}@` : nameOf(entry.path));
  }
  for (const names of folders.values()) names.sort();
  return { entries, folders };
}

/**
 * Returns whether a step that left this trace would have seen the same in another version of the code; if not, also
 * everything that differs, in the order of paths.
 */
export function traceHolds(trace: CodeTrace, index: ManifestIndex): TraceVerdict {
  const differences = [
    ...fileDifferences(trace, index),
    ...folderDifferences(trace, index),
    ...moduleDifferences(trace, index),
  ];
  if (differences.length === 0) return { holds: true };
  const unique = new Map(differences.map((difference) => [`${difference.path}\0${difference.what}`, difference]));
  return {
    holds: false,
    differences: [...unique.values()].sort((a, b) => compare(a.path, b.path) || compare(a.what, b.what)),
  };
}

function* fileDifferences({ files, absent }: CodeTrace, index: ManifestIndex): Generator<TraceDifference> {
  for (const [path, seen] of Object.entries(files)) {
    const entry = index.entries.get(path);
    if (entry === undefined) yield { path, what: index.folders.has(path) ? "changed" : "removed" };
    else if (!isSame(seen, entry)) yield { path, what: "changed" };
  }
  for (const path of absent) {
    const found = whatStandsAt(path, index);
    if (found !== undefined) yield { path: found, what: "appeared" };
  }
}

function isSame(seen: SeenFile, entry: ManifestEntry): boolean {
  if ("link" in seen || isLink(entry)) return "link" in seen && isLink(entry) && seen.link === entry.link;
  return seen.sha256 === entry.sha256 && seen.executable === entry.executable;
}

/**
 * The path itself, or a file or link in the place of one of its folders: a link could lead to it, and below a file the
 * error is another.
 */
function whatStandsAt(path: string, { entries, folders }: ManifestIndex): string | undefined {
  if (entries.has(path) || folders.has(path)) return path;
  for (let parent = parentFolder(path); parent !== ROOT; parent = parentFolder(parent))
    if (entries.has(parent)) return parent;
  return undefined;
}

function* folderDifferences({ folders, listings }: CodeTrace, index: ManifestIndex): Generator<TraceDifference> {
  for (const path of folders)
    if (!index.folders.has(path)) yield { path, what: index.entries.has(path) ? "changed" : "removed" };
  for (const [path, names] of Object.entries(listings)) {
    const now = index.folders.get(path);
    if (now === undefined) yield { path, what: index.entries.has(path) ? "changed" : "removed" };
    else if (!isSameList(names, now))
      yield { path, what: "listing", names: { added: without(now, names), removed: without(names, now) } };
  }
}

function* moduleDifferences({ modules }: CodeTrace, index: ManifestIndex): Generator<TraceDifference> {
  for (const [folder, names] of Object.entries(modules)) {
    const candidates = candidatesIn(folder, index);
    for (const [name, before] of Object.entries(names)) {
      const now = candidates(name);
      for (const path of now) if (!before.includes(path)) yield { path: below(folder, path), what: "appeared" };
      for (const path of before) if (!now.includes(path)) yield { path: below(folder, path), what: "removed" };
    }
  }
}

/**
 * In the place of a module's name: the installed packages, of which Python keeps account in folders with such names.
 */
const PACKAGES = "*.dist-info";

/**
 * Returns the names in a folder that Python could take for a module of some name: `name`, `name.py`, `name.…so` and the
 * `__init__` of a package. They are spelled as in listings, so that a folder in the place of a file is another name.
 */
export function candidatesIn(folder: string, { folders }: ManifestIndex): (name: string) => readonly string[] {
  const here = new Set(folders.get(folder));
  const libraries = [...here].filter((entry) => entry.endsWith(".so"));
  return (name) => {
    if (name === PACKAGES)
      return [...here].filter((entry) => /\.(dist-info|egg-info|egg)[/@]?$|^egg-info[/@]?$/i.test(entry));
    const files = [name, `${name}@`, `${name}.py`, `${name}.py@`, `${name}.pyc`].filter((entry) => here.has(entry));
    for (const entry of libraries) if (entry.startsWith(`${name}.`)) files.push(entry);
    if (!here.has(`${name}/`)) return files;
    const package_ = folders.get(below(folder, name)) ?? [];
    return [
      ...files,
      `${name}/`,
      ...package_.filter((entry) => /^__init__(\.py@?|\.pyc|\..*so)$/.test(entry)).map((entry) => `${name}/${entry}`),
    ];
  };
}

/** The one spelling of a trace: equal traces have equal bytes. */
export function encodeTrace(trace: CodeTrace): Buffer {
  const { files, folders, absent, listings, modules } = trace;
  const lines = (record: Readonly<Record<string, unknown>>): string =>
    Object.keys(record)
      .sort(compare)
      .map((key) => `\n${JSON.stringify(key)}:${JSON.stringify(record[key])}`)
      .join(",");
  const sorted = Object.fromEntries(Object.entries(modules).map(([folder, names]) => [folder, sortKeys(names)]));
  return Buffer.from(
    `{"version":1,"files":{${lines(mapValues(files, ordered))}},\n"folders":${JSON.stringify([...folders].sort(compare))},\n` +
      `"absent":${JSON.stringify([...absent].sort(compare))},\n"listings":{${lines(listings)}},\n"modules":{${lines(sorted)}}}\n`,
  );
}

function ordered(seen: SeenFile): SeenFile {
  return "link" in seen ? { link: seen.link } : { sha256: seen.sha256, executable: seen.executable };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => compare(a, b)));
}

/** Undefined for what is no trace, or one of another version: then nothing is known. */
export function decodeTrace(bytes: Uint8Array): CodeTrace | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value.version !== 1) return undefined;
  const { files, folders, absent, listings, modules } = value;
  const isTrace =
    isRecordOf(files, isSeenFile) &&
    isStrings(folders) &&
    isStrings(absent) &&
    isRecordOf(listings, isStrings) &&
    isRecordOf(modules, (names) => isRecordOf(names, isStrings));
  return isTrace ? (value as unknown as CodeTrace) : undefined;
}

function isSeenFile(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return typeof value.link === "string" || (typeof value.sha256 === "string" && typeof value.executable === "boolean");
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isRecordOf(value: unknown, check: (item: unknown) => boolean): boolean {
  return isRecord(value) && Object.values(value).every(check);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others);
  return names.filter((name) => !known.has(name));
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function parentFolder(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? ROOT : path.slice(0, slash);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The path of something in a folder. */
export function below(folder: string, name: string): string {
  return folder === ROOT ? name : `${folder}/${name}`;
}
