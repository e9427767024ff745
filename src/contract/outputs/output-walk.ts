import { isUtf8 } from "node:buffer";
import { type BigIntStats, chmodSync, type Dirent, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "../../errors.ts";
import { notKept, type OutputWarning } from "./output-warning.ts";

/** As for inputs, which outputs become: half of what Linux takes for a whole path. */
const MAX_NAME_BYTES = 2048;

export type FileStats = BigIntStats;

export interface FoundOutput {
  /** Path below outputs, `/`-separated. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly mode: number;
  /** Tells this content at this place from a later one: inode, size, time of change. */
  readonly identity: string;
}

export interface OutputTree {
  /** Regular files, sorted by name. */
  readonly files: readonly FoundOutput[];
  /** Symbolic links, sorted by name. */
  readonly links: readonly FoundOutput[];
  readonly warnings: readonly OutputWarning[];
}

/**
 * Everything in an outputs folder, never through a link. With `mend`, folders that the step locked (mode 000) are
 * opened first; it is left out while the step still runs.
 */
export function walkOutputs(
  outputs: string,
  options: { readonly mend: boolean; readonly onFile?: (name: string, stats: FileStats) => void },
): OutputTree {
  const tree = { files: [] as FoundOutput[], links: [] as FoundOutput[], warnings: [] as OutputWarning[] };
  const root = lstatSync(outputs, { throwIfNoEntry: false });
  if (root === undefined) return tree;
  if (!root.isDirectory()) {
    const warning = notKept(
      "",
      "the outputs folder was replaced by something else",
      "write into the folder; do not replace it",
    );
    return { ...tree, warnings: [warning] };
  }
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = listFolder(join(outputs, folder), options.mend);
    if (typeof entries === "string") {
      if (entries !== "ENOENT") tree.warnings.push(unreadable(folder, entries));
      continue;
    }
    for (const entry of entries) {
      const name = nameOf(folder, entry.name, tree.warnings);
      const stats = name === undefined ? undefined : statsOf(join(outputs, name));
      if (name === undefined || stats === undefined) continue;
      if (typeof stats === "string") tree.warnings.push(unreadable(name, stats));
      else if (stats.isDirectory()) folders.push(name);
      else if (stats.isFile()) {
        tree.files.push(foundOutput(name, join(outputs, name), stats));
        options.onFile?.(name, stats);
      } else if (stats.isSymbolicLink()) tree.links.push(foundOutput(name, join(outputs, name), stats));
      else tree.warnings.push(notKept(name, `it is ${kindOf(stats)}`, "write regular files only"));
    }
  }
  return { files: sorted(tree.files), links: sorted(tree.links), warnings: sorted(tree.warnings) };
}

export function foundOutput(name: string, path: string, stats: BigIntStats): FoundOutput {
  return { name, path, sizeBytes: Number(stats.size), mode: Number(stats.mode) & 0o7777, identity: identityOf(stats) };
}

export function identityOf(stats: BigIntStats): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

/** The entries, or the code of the error that prevents reading them. */
function listFolder(path: string, mend: boolean): readonly Dirent<Buffer>[] | string {
  if (mend) unlock(path);
  try {
    return readdirSync(path, { withFileTypes: true, encoding: "buffer" });
  } catch (error) {
    return systemErrorCode(error) ?? String(error);
  }
}

/** Entries are taken out of the folder later, for which it must be writable. */
function unlock(path: string): void {
  try {
    const mode = lstatSync(path).mode & 0o7777;
    if ((mode & 0o700) !== 0o700) chmodSync(path, mode | 0o700);
  } catch (error) {
    // Somebody else's folder: reading it will tell whether that matters.
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/** Undefined for what is not there; the code of any other error. */
export function statsOf(path: string): BigIntStats | string | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    return systemErrorCode(error) ?? String(error);
  }
}

/**
 * Removes a file that is stored and noted. If that fails (somebody else's folder), it stays; it will not be taken
 * again.
 */
export function removeStored(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

export function unreadable(name: string, code: string): OutputWarning {
  return notKept(name, `it cannot be read (${code})`, "make it readable for the user who runs Headrace");
}

/** Undefined, with a warning, for a name that cannot be kept. */
function nameOf(folder: string, entry: Buffer, warnings: OutputWarning[]): string | undefined {
  const prefix = folder === "" ? "" : `${folder}/`;
  if (!isUtf8(entry)) {
    warnings.push(notKept(prefix + printable(entry), "its name is no valid UTF-8", "give it another name in the step"));
    return undefined;
  }
  const name = prefix + entry.toString("utf8");
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const shown = `${name.slice(0, 100)}…`;
  warnings.push(
    notKept(shown, `its path is longer than ${MAX_NAME_BYTES} bytes`, "use shorter names or fewer folders"),
  );
  return undefined;
}

function printable(bytes: Buffer): string {
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
}

function kindOf(stats: BigIntStats): string {
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** By UTF-16 unit, the same on every machine. */
function sorted<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
