export type TestCharacter = (code: number) => boolean;

interface Member {
  readonly has: TestCharacter;
  readonly end: number;
}

const NAMED: Readonly<Record<string, RegExp>> = {
  alnum: /[a-zA-Z0-9]/,
  alpha: /[a-zA-Z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the class is about.
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[\x21-\x7e]/,
  lower: /[a-z]/,
  print: /[\x20-\x7e]/,
  punct: /[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9a-fA-F]/,
};

/**
 * `[a-z]`, `[!abc]`, `[[:digit:]_]` at a place of a pattern; undefined when it is never closed or names no known class.
 */
export function bracketAt(
  pattern: string,
  at: number,
): { readonly token: TestCharacter; readonly end: number } | undefined {
  const negated = pattern[at + 1] === "!" || pattern[at + 1] === "^";
  const first = at + (negated ? 2 : 1);
  const members: TestCharacter[] = [];
  let end = first;
  // A closing bracket in the first place is a member.
  while (end === first || pattern[end] !== "]") {
    const member = namedAt(pattern, end) ?? rangeAt(pattern, end);
    if (member === undefined) return undefined;
    members.push(member.has);
    end = member.end;
  }
  return { token: (code) => members.some((has) => has(code)) !== negated, end: end + 1 };
}

function namedAt(pattern: string, at: number): Member | undefined {
  const named = /^\[:([a-z]*):\]/.exec(pattern.slice(at, at + 12));
  if (named === null) return undefined;
  const expression = NAMED[named[1] ?? ""];
  // A class of an unknown name spoils the pattern, as in git: nothing ends it.
  if (expression === undefined) return { has: () => false, end: pattern.length };
  return { has: (code) => expression.test(String.fromCodePoint(code)), end: at + named[0].length };
}

/** One character, or two with a dash between. */
function rangeAt(pattern: string, at: number): Member | undefined {
  const low = characterAt(pattern, at);
  if (low === undefined) return undefined;
  const dashed =
    pattern[low.end] === "-" && pattern[low.end + 1] !== "]" ? characterAt(pattern, low.end + 1) : undefined;
  if (dashed === undefined) return { has: (code) => code === low.code, end: low.end };
  return { has: (code) => low.code <= code && code <= dashed.code, end: dashed.end };
}

function characterAt(pattern: string, at: number): { readonly code: number; readonly end: number } | undefined {
  const from = pattern[at] === "\\" ? at + 1 : at;
  const code = pattern.codePointAt(from);
  return code === undefined ? undefined : { code, end: from + (code > 0xffff ? 2 : 1) };
}
