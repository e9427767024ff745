/** The strings and templates of a source file, without those in comments. */

export interface Literal {
  /** The place where it begins in the file, quote and all. */
  readonly start: number;
  /** As it stands there, without its quotes; a template has its inserts. */
  readonly text: string;
  /** The same with `${}` in place of each insert. */
  readonly said: string;
}

/** Before a `/` that begins a regular expression, and no division. */
const BEFORE_EXPRESSION = /(?:^|[=(,:;!&|?{}[\n>]|\breturn|\bcase)\s*$/;

/** All strings and templates, those in inserts of templates as well, in the order of their beginnings. */
export function literalsOf(text: string): readonly Literal[] {
  const found: Literal[] = [];
  walkCode(text, 0, (character, at) => character === "" || at >= text.length, found);
  return found.sort((a, b) => a.start - b.start);
}

/** Walks code until `isEnd`, which is asked at each brace's level 0; answers where it has ended. */
function walkCode(
  text: string,
  start: number,
  isEnd: (character: string, at: number) => boolean,
  found: Literal[],
): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (depth === 0 && isEnd(character, at)) return at;
    if (character === "{") depth++;
    else if (character === "}") depth--;
    else if (text.startsWith("//", at)) at = endOf(text, "\n", at);
    else if (text.startsWith("/*", at)) at = endOf(text, "*/", at) + 1;
    else if (character === "/" && BEFORE_EXPRESSION.test(text.slice(Math.max(0, at - 80), at)))
      at = endOfExpression(text, at);
    else if (`"'\``.includes(character)) at = walkLiteral(text, at, found);
  }
  return text.length;
}

/** Takes up the literal that begins there; answers where its last quote is. */
function walkLiteral(text: string, start: number, found: Literal[]): number {
  const quote = text[start];
  let at = start + 1;
  let said = "";
  for (let since = at; ; at++) {
    if (at >= text.length || text[at] === quote) {
      said += text.slice(since, at);
      break;
    }
    if (text[at] === "\\") at++;
    else if (quote === "`" && text.startsWith("${", at)) {
      said += `${text.slice(since, at)}\${}`;
      at = walkCode(text, at + 2, (character) => character === "}", found);
      since = at + 1;
    }
  }
  found.push({ start, text: text.slice(start + 1, at), said });
  return at;
}

/** Returns the place where the regular expression that begins there ends. */
function endOfExpression(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length && text[at] !== "\n"; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "[") inClass = true;
    else if (text[at] === "]") inClass = false;
    else if (text[at] === "/" && !inClass) return at;
  }
  return start;
}

function endOf(text: string, end: string, start: number): number {
  const at = text.indexOf(end, start);
  return at < 0 ? text.length : at;
}
