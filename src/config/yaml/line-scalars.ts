import { type LineCursor, NotPlainBlockStyle } from "./line-cursor.ts";
import { isSurprisingNumber, resolvePlainScalar, type YamlScalar } from "./scalar.ts";

/** A value that stands on one line, and where it ends. */
export interface LineValue {
  readonly value: unknown;
  readonly end: number;
}

const SPACE = 0x20;
const COLON = 0x3a;
const HASH = 0x23;
const TAB = 0x09;

/** Characters with which no plain scalar begins in plain block style; some of them mean something else in YAML. */
const SPECIAL: Readonly<Record<string, string>> = {
  "&": "an anchor",
  "*": "an alias",
  "!": "a tag",
  "|": "a block scalar with an indentation indicator",
  ">": "a folded block scalar",
  "%": "a directive",
  "@": "an `@`",
  "`": "a backtick",
  "?": "a `?`",
  ":": "a `:`",
  ",": "a `,`",
  "]": "a `]`",
  "}": "a `}`",
  "[": "a flow list",
  "{": "a flow mapping",
  "#": "a `#`",
};

/** Refuses what cannot begin a plain scalar. */
export function checkStart(text: string, at: number): void {
  const what = SPECIAL[text.charAt(at)];
  if (what !== undefined) throw new NotPlainBlockStyle(at, what);
  if (text.charCodeAt(at) === 0x2d && isBlank(text, at + 1)) throw new NotPlainBlockStyle(at, "a `-`");
}

/** Returns true if the text at a place is white space or its end. */
export function isBlank(text: string, at: number): boolean {
  const char = text.charCodeAt(at);
  return char === SPACE || char === 0x0a || char === 0x0d || char === TAB || Number.isNaN(char);
}

/** An unquoted scalar that ends with its line or at a comment. */
export function readPlain(cursor: LineCursor, at: number): LineValue {
  const { text, lineEnd } = cursor;
  checkStart(text, at);
  let end = lineEnd;
  for (let i = at; i < lineEnd; i++) {
    const char = text.charCodeAt(i);
    if (char === TAB) throw new NotPlainBlockStyle(i, "a tab");
    if (char === COLON && isBlank(text, i + 1)) throw new NotPlainBlockStyle(i, "a second `: ` on one line");
    if (char === HASH && text.charCodeAt(i - 1) === SPACE) {
      end = i;
      break;
    }
  }
  while (end > at && text.charCodeAt(end - 1) === SPACE) end--;
  return { value: scalarOf(text.slice(at, end), at), end };
}

/**
 * A number that JavaScript cannot hold exactly, or that is not what it looks like, is left to the general reader, which
 * warns of it.
 */
export function scalarOf(text: string, at: number): YamlScalar {
  const value = resolvePlainScalar(text);
  if (isSurprisingNumber(text, value)) throw new NotPlainBlockStyle(at, "a number that YAML 1.1 reads in its own way");
  if (typeof value === "bigint") throw new NotPlainBlockStyle(at, "a huge number");
  return value;
}

/** A quoted scalar that ends on its line. */
export function readQuoted(cursor: LineCursor, at: number): LineValue {
  const quote = cursor.text.charAt(at);
  const end = quote === "'" ? endOfSingle(cursor, at) : endOfDouble(cursor, at);
  const inner = cursor.text.slice(at + 1, end - 1);
  if (quote === "'") return { value: inner.includes("'") ? inner.replaceAll("''", "'") : inner, end };
  return { value: inner.includes("\\") ? unescaped(inner, at) : inner, end };
}

function endOfSingle({ text, lineEnd }: LineCursor, at: number): number {
  for (let i = at + 1; i < lineEnd; i++) {
    if (text.charAt(i) !== "'") continue;
    if (text.charAt(i + 1) !== "'") return i + 1;
    i++;
  }
  throw new NotPlainBlockStyle(at, "a quoted text of several lines");
}

function endOfDouble({ text, lineEnd }: LineCursor, at: number): number {
  for (let i = at + 1; i < lineEnd; i++) {
    const char = text.charAt(i);
    if (char === '"') return i + 1;
    if (char === "\\") i++;
  }
  throw new NotPlainBlockStyle(at, "a quoted text of several lines");
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  '"': '"',
  "\\": "\\",
  "/": "/",
  "0": "\0",
  e: "\u001b",
  " ": " ",
};

function unescaped(inner: string, at: number): string {
  return inner.replace(/\\(.)/gs, (_, char: string) => {
    const plain = ESCAPES[char];
    if (plain === undefined) throw new NotPlainBlockStyle(at, "an uncommon escape");
    return plain;
  });
}

/** Refuses anything behind a value but a comment. */
export function checkLineEnd(cursor: LineCursor, end: number): void {
  const { text, lineEnd } = cursor;
  let at = end;
  while (at < lineEnd && text.charCodeAt(at) === SPACE) at++;
  if (at < lineEnd && !(text.charCodeAt(at) === HASH && at > end))
    throw new NotPlainBlockStyle(at, "text behind a value");
}

/** Returns the place where the value of a key begins behind its `: `; the line's end if none follows. */
export function skipToValue(cursor: LineCursor, from: number): number {
  const { text, lineEnd } = cursor;
  let at = from;
  while (at < lineEnd && text.charCodeAt(at) === SPACE) at++;
  if (at < lineEnd && text.charCodeAt(at) === TAB) throw new NotPlainBlockStyle(at, "a tab");
  if (at < lineEnd && text.charCodeAt(at) === HASH && at > from) return lineEnd;
  return at;
}
