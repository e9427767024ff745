import { ExpressionFailure } from "./expression.ts";

export type Token =
  | { readonly kind: "number"; readonly value: number; readonly offset: number; readonly text: string }
  | { readonly kind: "string"; readonly value: string; readonly offset: number; readonly text: string }
  | { readonly kind: "word"; readonly offset: number; readonly text: string }
  | { readonly kind: "symbol"; readonly offset: number; readonly text: string }
  | { readonly kind: "end"; readonly offset: number; readonly text: string };

const SPACE = /[ \t\r\n\f]+/y;
const NUMBER = /(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?/y;
const WORD = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const SYMBOL = /\*\*|\/\/|==|!=|<=|>=|[-+*/%<>().,:]/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([\s\S]))/y;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

/** The reason why a character that Python knows (or that people try) has no place here. */
const REFUSED: Readonly<Record<string, string>> = {
  "[": "lists and subscripts are not allowed",
  "]": "lists and subscripts are not allowed",
  "{": "dictionaries and sets are not allowed",
  "}": "dictionaries and sets are not allowed",
  "=": "assignment is not allowed; compare with ==",
  "&": "& is not an operator here; write `and`",
  "|": "| is not an operator here; write `or`",
  "!": "! is not an operator here; write `not`",
  "#": "comments are not allowed",
};

/** Cuts a text into tokens; the last one is always `end`. Throws ExpressionFailure. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    const space = matchAt(SPACE, text, offset);
    if (space !== undefined) {
      offset += space.length;
      continue;
    }
    const token = readToken(text, offset);
    tokens.push(token);
    offset += token.text.length;
  }
  tokens.push({ kind: "end", offset: text.length, text: "" });
  return tokens;
}

function readToken(text: string, offset: number): Token {
  const first = text.charAt(offset);
  if (first === '"' || first === "'") return readString(text, offset, first);
  const number = matchAt(NUMBER, text, offset);
  if (number !== undefined) return readNumber(text, number, offset);
  const word = matchAt(WORD, text, offset);
  if (word !== undefined) return { kind: "word", offset, text: word };
  const symbol = matchAt(SYMBOL, text, offset);
  if (symbol !== undefined) return { kind: "symbol", offset, text: symbol };
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  throw new ExpressionFailure(
    Object.hasOwn(REFUSED, character)
      ? (REFUSED[character] ?? "")
      : `unexpected character ${JSON.stringify(character)}`,
    offset,
  );
}

function readNumber(text: string, number: string, offset: number): Token {
  const glued = matchAt(WORD, text, offset + number.length);
  if (glued !== undefined) throw new ExpressionFailure(`${number}${glued} is neither a number nor a name`, offset);
  const value = Number(number.replaceAll("_", ""));
  if (!Number.isFinite(value)) throw new ExpressionFailure("the number is too large", offset);
  return { kind: "number", value, offset, text: number };
}

function readString(text: string, start: number, quote: string): Token {
  let value = "";
  let offset = start + 1;
  while (offset < text.length) {
    const character = text.charAt(offset);
    if (character === quote) return { kind: "string", value, offset: start, text: text.slice(start, offset + 1) };
    if (character === "\n") break;
    if (character !== "\\") {
      value += character;
      offset += 1;
      continue;
    }
    ESCAPE.lastIndex = offset;
    const found = ESCAPE.exec(text);
    if (found === null) break;
    value += readEscape(found);
    offset += found[0].length;
  }
  throw new ExpressionFailure("the text has no closing quote", start);
}

function readEscape(found: RegExpExecArray): string {
  const [whole, byte, unit, other = ""] = found;
  const hex = byte ?? unit;
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  // An unknown escape keeps its backslash, as in Python.
  return Object.hasOwn(SIMPLE_ESCAPES, other) ? (SIMPLE_ESCAPES[other] ?? "") : whole;
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
