/** True when a pattern can match other names than itself. */
export function hasGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

type Piece = { readonly kind: "star" } | { readonly kind: "one"; readonly accepts: (character: string) => boolean };

/**
 * Compiles a glob with the meaning of Python's `fnmatch`. The match takes at most pattern × name steps, whatever the
 * pattern.
 */
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
  return {
    accepts: (character) => ranges.some(([low, high]) => low <= character && character <= high) !== negated,
    end,
  };
}
