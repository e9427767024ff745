import { type Glob, parseGlob } from "./ignore-glob.ts";

/** One line of a .gitignore-like file: https://git-scm.com/docs/gitignore#_pattern_format */
export interface IgnorePattern {
  /** `!pattern`: brings back what an earlier pattern left out. */
  readonly negated: boolean;
  /** `pattern/`: matches folders alone. */
  readonly foldersOnly: boolean;
  /** The pattern has a slash before its end: it is matched against the whole path, else against the last name alone. */
  readonly wholePath: boolean;
  readonly glob: Glob;
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
  const glob = parseGlob(body.startsWith("/") ? body.slice(1) : body);
  if (body === "" || glob === undefined) return undefined;
  return { negated, foldersOnly, wholePath: body.includes("/"), glob };
}

/** Spaces at the end do not count unless a backslash stands before them. */
function withoutTrailingSpaces(line: string): string {
  const bare = line.replace(/ +$/, "");
  const backslashes = bare.length - bare.replace(/\\+$/, "").length;
  return bare.length < line.length && backslashes % 2 === 1 ? `${bare} ` : bare;
}
