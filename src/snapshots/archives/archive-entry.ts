import { HeadraceError } from "../../errors.ts";
import { hasReservedName } from "../ignore-files.ts";
import { isSafeLink, isSafePath } from "../manifest.ts";

/** A file or link of an archive; folders need no entry of their own. */
export interface ArchiveEntry {
  /** Relative to the root of the code, `/`-separated, and safe. */
  readonly path: string;
  readonly content:
    | { readonly kind: "file"; readonly executable: boolean; readonly chunks: AsyncIterable<Buffer> }
    | { readonly kind: "link"; readonly target: string }
    /** The same file as an earlier entry. */
    | { readonly kind: "copy"; readonly of: string };
}

/** The reader reads at most so much of an archive: a bomb of a few bytes can unpack to any size. */
export interface ArchiveLimits {
  readonly entries: number;
  /** The size of all files together, unpacked. */
  readonly bytes: number;
}

/**
 * The path of an entry as the manifest has it; undefined for what is never code (a `.git` folder, the root itself).
 * Throws HR_PATH_ESCAPES for one that leaves the root.
 */
export function entryPath(name: string): string | undefined {
  const path = name.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
  if (path === "" || path === ".") return undefined;
  if (hasReservedName(path) && path.split("/").every((part) => part !== "..") && !path.startsWith("/"))
    return undefined;
  if (!isSafePath(path)) throw escapes(`the path ${JSON.stringify(name)}`);
  return path;
}

/** Throws HR_PATH_ESCAPES for a link that may lead out of the root. */
export function checkedLink(path: string, target: string): string {
  if (isSafeLink(path, target)) return target;
  throw escapes(`the symbolic link ${JSON.stringify(path)} to ${JSON.stringify(target)}`);
}

function escapes(what: string): HeadraceError {
  return new HeadraceError("HR_PATH_ESCAPES", `the archive holds ${what}, which leads out of the code`, {
    hint: "pack the files of the project's folder alone, by relative paths",
  });
}

export function badArchive(reason: string): HeadraceError {
  return new HeadraceError("HR_SNAPSHOT_FAILED", `the archive cannot be read: ${reason}`, {
    hint: "pack the code anew as .tar.gz or .zip",
  });
}

export function tooMuch(reason: string): HeadraceError {
  return new HeadraceError("HR_SNAPSHOT_FAILED", `the archive holds ${reason}`, {
    hint: "leave out what is no code: make large files inputs",
  });
}
