import type { Dirent, Stats } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type HeadraceError, systemErrorCode } from "../../errors.ts";
import { systemErrorWords } from "../../system-failure.ts";
import { unavailable } from "../unavailable.ts";
import { compileWildcard, hasWildcard, type Positions, type Wildcard } from "./wildcard.ts";

export interface FoundFile {
  readonly path: string;
  /** Folders between the wildcard root, or the folder that was named, and the file. */
  readonly directories: readonly string[];
  readonly name: string;
}

export interface FindOptions {
  /** As the user wrote it; for messages. */
  readonly uri: string;
  readonly signal: AbortSignal;
  /** The search ends when so many were found. */
  readonly most?: number;
  warn(message: string): void;
}

/** Headrace's own state never belongs to an input. */
export const STATE_FOLDER = ".headrace";

/**
 * The files that an absolute path means: itself, all within a folder, or what its wildcards match. Sorted by path; at
 * least one.
 */
export async function findFiles(path: string, options: FindOptions): Promise<readonly FoundFile[]> {
  const stats = await statOrMissing(path, options);
  if (stats?.isFile()) return [{ path, directories: [], name: basename(path) }];
  if (stats?.isDirectory()) return orNone(await walk(path, EVERYTHING, options), options, "the folder holds no file");
  if (stats !== undefined)
    throw unavailable(
      options.uri,
      `${path} is neither a file nor a folder`,
      "give a regular file, or a folder of files",
    );
  if (!hasWildcard(path)) throw missing(path, options);
  const { root, pattern } = splitAtWildcard(path);
  const rootStats = await statOrMissing(root, options);
  if (!rootStats?.isDirectory()) throw missing(root, options);
  return orNone(await walk(root, compileWildcard(pattern), options), options, "no file matches");
}

const EVERYTHING: Wildcard = { start: new Set(), enter: (all) => all, descend: (all) => all, accepts: () => true };

function splitAtWildcard(path: string): { readonly root: string; readonly pattern: string } {
  const slash = path.lastIndexOf("/", path.indexOf("*"));
  return { root: path.slice(0, slash) || "/", pattern: path.slice(slash + 1) };
}

async function walk(root: string, wildcard: Wildcard, options: FindOptions): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  await new Walk(wildcard, options, found).folder(root, [], wildcard.start, []);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

class Walk {
  readonly #wildcard: Wildcard;
  readonly #options: FindOptions;
  readonly #found: FoundFile[];

  constructor(wildcard: Wildcard, options: FindOptions, found: FoundFile[]) {
    this.#wildcard = wildcard;
    this.#options = options;
    this.#found = found;
  }

  /** `above` are the identities of the folders on the way here: a link back to one of them would go round for ever. */
  async folder(
    path: string,
    directories: readonly string[],
    positions: Positions,
    above: readonly string[],
  ): Promise<void> {
    this.#options.signal.throwIfAborted();
    const identity = await this.#identityOf(path);
    if (above.includes(identity)) return this.#leaveOut(path, "it links back to a folder that holds it");
    const within = [...above, identity];
    for (const entry of await this.#list(path)) {
      if (this.#found.length >= (this.#options.most ?? Infinity)) return;
      const reached = this.#wildcard.enter(positions, entry.name);
      if (reached === undefined) continue;
      const child = join(path, entry.name);
      const isMeant =
        this.#wildcard.accepts(reached) || (entry.isDirectory() && this.#wildcard.descend(reached) !== undefined);
      if (isMeant) await this.#requireText(child, entry.name);
      const kind = await this.#kindOf(child, entry);
      if (kind === "file" && this.#wildcard.accepts(reached))
        this.#found.push({ path: child, directories, name: entry.name });
      const below = kind === "folder" && entry.name !== STATE_FOLDER ? this.#wildcard.descend(reached) : undefined;
      if (below !== undefined) await this.folder(child, [...directories, entry.name], below, within);
      if (kind === "other" && this.#wildcard.accepts(reached)) this.#leaveOut(child, "it is no regular file");
    }
  }

  /**
   * A name that is no UTF-8 is read with replacement characters, and leads nowhere then. Left out, it would silently be
   * missing.
   */
  async #requireText(path: string, name: string): Promise<void> {
    if (!name.includes("\ufffd")) return;
    try {
      await lstat(path);
    } catch (error) {
      if (systemErrorCode(error) !== "ENOENT") throw error;
      throw unavailable(
        this.#options.uri,
        `the name of ${path} is no valid UTF-8`,
        "give it another name, or leave it out by a pattern",
        error,
      );
    }
  }

  async #identityOf(path: string): Promise<string> {
    try {
      const { dev, ino } = await stat(path);
      return `${dev}:${ino}`;
    } catch (error) {
      throw unreadable(path, this.#options, error);
    }
  }

  async #list(path: string): Promise<readonly Dirent[]> {
    try {
      return await readdir(path, { withFileTypes: true });
    } catch (error) {
      throw unreadable(path, this.#options, error);
    }
  }

  async #kindOf(path: string, entry: Dirent): Promise<"file" | "folder" | "other" | "nothing"> {
    if (!entry.isSymbolicLink()) return kindOf(entry);
    try {
      return kindOf(await stat(path));
    } catch {
      this.#leaveOut(path, "its link leads nowhere");
      return "nothing";
    }
  }

  #leaveOut(path: string, why: string): void {
    this.#options.warn(`input ${this.#options.uri}: left out ${path}: ${why}`);
  }
}

function kindOf(entry: Dirent | Stats): "file" | "folder" | "other" {
  if (entry.isFile()) return "file";
  return entry.isDirectory() ? "folder" : "other";
}

async function statOrMissing(path: string, options: Pick<FindOptions, "uri">): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const code = systemErrorCode(error);
    // A name that is too long to exist may be a pattern still.
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw unreadable(path, options, error);
  }
}

function orNone(files: readonly FoundFile[], options: FindOptions, what: string): readonly FoundFile[] {
  if (files.length > 0) return files;
  throw unavailable(options.uri, what, "check the path; * matches within one folder, ** also in the folders below");
}

function missing(path: string, { uri }: Pick<FindOptions, "uri">): Error {
  return unavailable(
    uri,
    `there is no ${dirname(path) === path ? "folder" : "file or folder"} ${path}`,
    "check the path; relative ones start at the project's folder",
  );
}

/** A file or folder that is there but cannot be read. */
export function unreadable(path: string, { uri }: Pick<FindOptions, "uri">, error: unknown): Error {
  const code = systemErrorCode(error);
  if (code === undefined) return error instanceof Error ? error : new Error(String(error));
  return notReadable(path, { uri }, code, error);
}

/** The same, by the code of the system's error. */
export function notReadable(
  path: string,
  { uri }: Pick<FindOptions, "uri">,
  code: string,
  cause?: unknown,
): HeadraceError {
  const isForbidden = code === "EACCES" || code === "EPERM";
  const why = isForbidden ? "may not be read" : `cannot be read: ${systemErrorWords(code)}`;
  const isBroken = code === "EIO" || code === "ESTALE" || code === "ENOTCONN";
  const hint = isBroken ? "check the disk or the mount that it lies on" : "check the path and its permissions";
  return unavailable(uri, `${path} ${why}`, hint, cause);
}
