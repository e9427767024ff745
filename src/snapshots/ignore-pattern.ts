import { type Glob, parseGlob } from "./ignore-glob.ts";

/** One line of a .gitignore-like file: https://git-scm.com/docs/gitignore#_pattern_format */
export interface IgnorePattern {
  /** `!pattern`: brings back what an earlier pattern left out. */
  readonly negated: boolean;
  /** `pattern/`: matches folders alone. */
  readonly foldersOnly: boolean;
  /** The pattern has a slash before its end: it is matched against the whole path, else against the last name alone. */
  readonly wholePath: boolean;
  /** A path matches when one of them does. */
  readonly globs: readonly Glob[];
}

/** The patterns of a file in their order; the last that matches decides. */
export function parseIgnoreFile(text: string): readonly IgnorePattern[] {
  return text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => parseLine(line.replace(/\r$/, "")))
    .filter((pattern) => pattern !== undefined);
}

function parseLine(line: string): IgnorePattern | undefined {
  if (line.startsWith("#")) return undefined;
  const negated = line.startsWith("!");
  const trimmed = withoutTrailingSpaces(negated ? line.slice(1) : line);
  const foldersOnly = trimmed.endsWith("/");
  const body = foldersOnly ? trimmed.slice(0, -1) : trimmed;
  const wholePath = body.includes("/");
  const path = body.startsWith("/") ? body.slice(1) : body;
  const globs = (wholePath ? alternatives(path) : [path]).map(parseGlob).filter((glob) => glob !== undefined);
  if (body === "" || globs.length === 0) return undefined;
  return { negated, foldersOnly, wholePath, globs };
}

/**
 * git compares what stands before the first wildcard as text and matches the rest as a pattern of its own, so that `**`
 * right behind a name stands at a beginning and crosses folders (`/a**` finds `ab/c`), whatever the manual says of
 * "other consecutive asterisks".
 */
function alternatives(path: string): readonly string[] {
  const [, name, rest] = /^([^*?[\\]*[^*?[\\/])\*\*+(\/.*)?$/s.exec(path) ?? [];
  if (name === undefined) return [path];
  return rest === undefined
    ? [`${name}*`, `${name}*/**`]
    : [`${name}*/**${rest}`, ...alternatives(`${name}${rest.slice(1)}`)];
}

/** Spaces at the end do not count unless a backslash stands before them. */
function withoutTrailingSpaces(line: string): string {
  const bare = line.replace(/ +$/, "");
  const backslashes = bare.length - bare.replace(/\\+$/, "").length;
  return bare.length < line.length && backslashes % 2 === 1 ? `${bare} ` : bare;
}
