import { HeadraceError } from "../errors.ts";
import { isReserved } from "./ignore-files.ts";

/** One file of a version of the code. Paths are relative to the project's root, `/`-separated. */
export type ManifestEntry = ManifestFile | ManifestLink;

export interface ManifestFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly executable: boolean;
}

/** A symbolic link that stays within the project. */
export interface ManifestLink {
  readonly path: string;
  readonly link: string;
}

export function isLink(entry: ManifestEntry): entry is ManifestLink {
  return "link" in entry;
}

/** Raised when the form changes, since the bytes name the snapshot. */
const FORMAT = 1;

/**
 * The one spelling of a list of files: JSON with one entry a line, keys in a fixed order, entries by the bytes of their
 * path. Equal trees have equal manifests on every machine.
 */
export function encodeManifest(entries: readonly ManifestEntry[]): Buffer {
  // The order of the UTF-8 bytes. UTF-16 units, which JavaScript compares, differ from it only where surrogates are in
  // play.
  const compare = entries.some(({ path }) => /[\ud800-\udfff]/.test(path)) ? compareBytes : compareUnits;
  const lines = [...entries].sort((a, b) => compare(a.path, b.path)).map(encodeEntry);
  return Buffer.from(`{"format":${FORMAT},"files":[${lines.length === 0 ? "" : `\n${lines.join(",\n")}\n`}]}\n`);
}

function encodeEntry(entry: ManifestEntry): string {
  const path = JSON.stringify(entry.path);
  if (isLink(entry)) return `{"path":${path},"link":${JSON.stringify(entry.link)}}`;
  return `{"path":${path},"sha256":"${entry.sha256}","size":${entry.size},"executable":${entry.executable}}`;
}

function compareUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Reads a manifest, trusting nothing in it: every path stays inside the folder it will be written to. */
export function decodeManifest(bytes: Uint8Array): readonly ManifestEntry[] {
  const document = parseJson(bytes);
  if (!isRecord(document) || document.format !== FORMAT || !Array.isArray(document.files)) {
    throw new HeadraceError(
      "HR_SNAPSHOT_FAILED",
      "the list of the snapshot's files is not in a form that this version reads",
      {
        hint: "it may have been written by a newer Headrace: update, then try again",
      },
    );
  }
  const entries = document.files.map(decodeEntry);
  assertTree(entries);
  return entries;
}

function decodeEntry(value: unknown): ManifestEntry {
  if (!isRecord(value) || typeof value.path !== "string") throw refused("an entry without a path");
  const { path, sha256, size, executable, link } = value;
  if (!isSafePath(path)) throw refused(`the path ${JSON.stringify(path)}`);
  if (typeof link === "string") {
    if (!isSafeLink(path, link)) throw refused(`the symbolic link ${JSON.stringify(path)} to ${JSON.stringify(link)}`);
    return { path, link };
  }
  const isWhole = typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256) && typeof executable === "boolean";
  if (!isWhole || typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw refused(`the entry ${JSON.stringify(path)}`);
  return { path, sha256, size, executable };
}

/** No path twice, and nothing below a path that is a file or a link. */
export function assertTree(entries: readonly ManifestEntry[]): void {
  const leaves = new Set(entries.map(({ path }) => path));
  if (leaves.size < entries.length) throw refused("a path that stands there twice");
  for (const folder of foldersOf(entries))
    if (leaves.has(folder)) throw refused(`files below ${JSON.stringify(folder)}, which is no folder`);
}

/** All folders of the tree, each after the one it lies in. */
export function foldersOf(entries: readonly ManifestEntry[]): ReadonlySet<string> {
  const folders = new Set<string>();
  const add = (folder: string): void => {
    if (folder === "" || folders.has(folder)) return;
    add(parentOf(folder));
    folders.add(folder);
  };
  for (const { path } of entries) add(parentOf(path));
  return folders;
}

export function isSafePath(path: string): boolean {
  return (
    path.split("/").every((name) => name !== "" && name !== "." && name !== ".." && !isReserved(name)) &&
    !path.includes("\0")
  );
}

/**
 * True if a link at `path` stays within the root wherever that is. Only steps up at the very front are followed: the
 * folders above the link are real ones, but a step up after a name could leave from wherever another link leads.
 */
export function isSafeLink(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0")) return false;
  const names = target.split("/").filter((name) => name !== "" && name !== ".");
  const down = names.findIndex((name) => name !== "..");
  const stepsUp = down < 0 ? names.length : down;
  const depth = path.split("/").length - 1;
  return stepsUp <= depth && names.slice(stepsUp).every((name) => name !== ".." && !isReserved(name));
}

/** Said of links that `isSafeLink` refuses. */
export const LEADS_OUT =
  "symbolic links that lead out of the project, left out of the code; name what they lead to as an input";

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refused(what: string): HeadraceError {
  return new HeadraceError(
    "HR_SNAPSHOT_FAILED",
    `the list of the snapshot's files holds ${what}, which is never written to disk`,
    {
      hint: "the stored data was changed by somebody else: run from the working tree again",
    },
  );
}
