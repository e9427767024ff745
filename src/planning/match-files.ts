import type { FileRef } from "./plan.ts";

/** True when a pattern can match other names than itself. */
export function hasGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/**
 * The files that an edge's pattern brings, by name. A pattern with `*`, `?` or `[…]` is held against the whole relative path, and `*` crosses
 * folders: `*.csv` finds `a.csv` and `results/a.csv`, `results/*.csv` only those in (or below) `results`.
 * A name without such characters means, in this order and only until something is found: the file of exactly this name;
 * the files beside it whose name without endings it is (`model` finds `model.pkl`); the files of the folder of this name.
 * A slash at the end (`model/`) means the folder alone.
 */
export function matchFiles(pattern: string, files: readonly FileRef[]): readonly FileRef[] {
  return filterByName(pattern, files)
    .map((file) => withRoot(pattern, file))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Notes up to which folder the pattern named the file literally: `keep-directories: suffix` keeps what follows. */
function withRoot(pattern: string, file: FileRef): FileRef {
  const named = pattern.replace(/\/$/, "");
  const glob = pattern.search(/[*?[]/);
  const literal = file.name === pattern || glob < 0 ? named : pattern.slice(0, glob);
  const root = file.name.startsWith(`${named}/`) ? named : literal.slice(0, Math.max(0, literal.lastIndexOf("/")));
  return root === "" ? file : { ...file, wildcardRoot: root };
}

function filterByName(pattern: string, files: readonly FileRef[]): readonly FileRef[] {
  if (hasGlob(pattern)) {
    const matches = compileGlob(pattern);
    const matched = files.filter((file) => matches(file.name));
    // A file may be named like a glob ("[final].csv"): then the pattern can mean it literally.
    return matched.length > 0 ? matched : files.filter((file) => file.name === pattern);
  }
  if (pattern.endsWith("/")) return files.filter((file) => file.name.startsWith(pattern));
  const exact = files.filter((file) => file.name === pattern);
  if (exact.length > 0) return exact;
  const stem = files.filter((file) => file.name.startsWith(`${pattern}.`) && !file.name.includes("/", pattern.length));
  if (stem.length > 0) return stem;
  return files.filter((file) => file.name.startsWith(`${pattern}/`));
}

type Piece = { readonly kind: "star" } | { readonly kind: "one"; readonly accepts: (character: string) => boolean };

/** Compiles a glob with the meaning of Python's `fnmatch`. The match takes at most pattern × name steps, whatever the pattern. */
export function compileGlob(pattern: string): (name: string) => boolean {
  const pieces = parseGlob([...pattern]);
  return (name) => matchPieces(pieces, [...name]);
}

/** The usual two-pointer walk: on a mismatch only the last star is widened, since an earlier one could gain nothing. */
function matchPieces(pieces: readonly Piece[], characters: readonly string[]): boolean {
  let piece = 0;
  let position = 0;
  let starPiece = -1;
  let starPosition = 0;
  while (position < characters.length) {
    const current = pieces[piece];
    if (current?.kind === "star") {
      starPiece = piece;
      starPosition = position;
      piece += 1;
    } else if (current?.accepts(characters[position] ?? "")) {
      piece += 1;
      position += 1;
    } else if (starPiece >= 0) {
      piece = starPiece + 1;
      starPosition += 1;
      position = starPosition;
    } else {
      return false;
    }
  }
  return pieces.slice(piece).every((rest) => rest.kind === "star");
}

function parseGlob(characters: readonly string[]): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? "";
    if (character === "*") {
      if (pieces.at(-1)?.kind !== "star") pieces.push({ kind: "star" });
    } else if (character === "?") {
      pieces.push({ kind: "one", accepts: () => true });
    } else {
      const set = character === "[" ? parseSet(characters, index) : undefined;
      pieces.push({ kind: "one", accepts: set?.accepts ?? ((other) => other === character) });
      if (set !== undefined) index = set.end;
    }
  }
  return pieces;
}

/** `[abc]`, `[a-z]`, `[!a-z]`; a bracket that is never closed is an ordinary character. */
function parseSet(
  characters: readonly string[],
  start: number,
): { readonly accepts: (character: string) => boolean; readonly end: number } | undefined {
  const negated = characters[start + 1] === "!";
  const first = start + (negated ? 2 : 1);
  const end = characters.indexOf("]", first + 1);
  if (end === -1) return undefined;
  const ranges: (readonly [string, string])[] = [];
  for (let index = first; index < end; index++) {
    const low = characters[index] ?? "";
    const isRange = characters[index + 1] === "-" && index + 2 < end;
    ranges.push([low, isRange ? (characters[index + 2] ?? low) : low]);
    if (isRange) index += 2;
  }
  return { accepts: (character) => ranges.some(([low, high]) => low <= character && character <= high) !== negated, end };
}
