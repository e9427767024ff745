/**
 * Wildcards of inputs: `*` stands for any characters of one level, `**` for any characters of any levels, and a whole
 * part `**` for any number of folders, none included (`a/**` + `/b` also means `a/b`). Nothing else is special. As in a
 * shell, a dot at the beginning of a file's or folder's name is only met by a dot.
 */
export interface Wildcard {
  readonly start: Positions;
  /** Follows one more name; `undefined` when no path that begins so can match. */
  enter(positions: Positions, name: string): Positions | undefined;
  /** Follows the slash after a folder's name. */
  descend(positions: Positions): Positions | undefined;
  accepts(positions: Positions): boolean;
}

/**
 * The places in the pattern that a path may have come to: a pattern is followed in all its readings at once, so that
 * none of them costs twice.
 */
export type Positions = ReadonlySet<number>;

type Token = "star" | "globstar" | "folders" | string;

/** True when a path can mean several files. */
export function hasWildcard(path: string): boolean {
  return path.includes("*");
}

/** Compiles a relative pattern. Following a path takes at most pattern × path steps, whatever the pattern. */
export function compileWildcard(pattern: string): Wildcard {
  const tokens = tokensOf(pattern);
  const start = new Set<number>();
  arrive(tokens, start, 0);
  return {
    start,
    enter(positions, name) {
      let current: Positions = positions;
      let first = true;
      for (const character of name) {
        current = follow(tokens, current, character, first && character === ".");
        first = false;
        if (current.size === 0) return undefined;
      }
      return current;
    },
    descend(positions) {
      const next = follow(tokens, positions, "/", false);
      return next.size === 0 ? undefined : next;
    },
    accepts: (positions) => positions.has(tokens.length),
  };
}

function follow(tokens: readonly Token[], positions: Positions, character: string, hidden: boolean): Positions {
  const next = new Set<number>();
  for (const position of positions) {
    const token = tokens[position];
    if (token === character) {
      if (!hidden || beginsName(tokens, position)) arrive(tokens, next, position + 1);
    } else if (hidden) {
    } else if (token === "globstar" || (token === "star" && character !== "/")) arrive(tokens, next, position);
    else if (token === "folders") {
      // Within a folder's name the way on is closed; the slash opens it.
      next.add(position);
      if (character === "/") arrive(tokens, next, position + 1);
    }
  }
  return next;
}

/** True if the pattern has nothing before this position that could stand for a part of the same name. */
function beginsName(tokens: readonly Token[], position: number): boolean {
  const before = tokens[position - 1];
  return before === undefined || before === "/" || before === "folders";
}

/** Adds a position with those that can be reached from it by taking a wildcard as nothing. */
function arrive(tokens: readonly Token[], positions: Set<number>, position: number): void {
  positions.add(position);
  const token = tokens[position];
  if (token === "star" || token === "globstar" || token === "folders") arrive(tokens, positions, position + 1);
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [piece] of pattern.matchAll(/(?:(?<=^|\/)\*\*\/)+|\*{2,}|\*|[^*]/gsu)) {
    if (piece.startsWith("**")) tokens.push(piece.endsWith("/") ? "folders" : "globstar");
    else tokens.push(piece === "*" ? "star" : piece);
  }
  return tokens;
}
