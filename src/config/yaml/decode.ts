import type { Problem } from "../report/problem.ts";
import { MAX_SOURCE_BYTES } from "./limits.ts";

export type DecodedText =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text: string; readonly problem: Problem };

/** Everything that YAML does not allow in a text; a lone half of a surrogate pair is not text at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]|\p{Surrogate}/u;

/** The text of a source file without its byte order mark, or the first reason why it is none. */
export function decodeSource(source: string | Uint8Array): DecodedText {
  const size = source.length;
  if (size > MAX_SOURCE_BYTES) {
    const message = `the file has ${megabytes(size)} MB, and a configuration may have ${megabytes(MAX_SOURCE_BYTES)} MB; generate fewer items, or split the project`;
    return {
      text: typeof source === "string" ? source.slice(0, 4096) : "",
      problem: { code: "too-large", message, path: [], mark: { offset: 0, length: 1 } },
    };
  }
  if (typeof source === "string") return checked(source.startsWith("\ufeff") ? source.slice(1) : source);
  try {
    return checked(new TextDecoder("utf-8", { fatal: true }).decode(source));
  } catch {
    const text = new TextDecoder("utf-8").decode(source);
    return { text, problem: invalidUtf8(source, text) };
  }
}

function invalidUtf8(bytes: Uint8Array, text: string): Problem {
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const message = utf16
    ? "the file is UTF-16; save it as UTF-8"
    : "the file is not UTF-8 from here on; save it as UTF-8";
  return {
    code: "not-utf8",
    message,
    path: [],
    mark: { offset: utf16 ? 0 : Math.max(0, firstInvalid(bytes, text)), length: 1 },
  };
}

/** Returns the place of the first replacement character that the decoder put and that the file itself does not hold. */
function firstInvalid(bytes: Uint8Array, text: string): number {
  const encoder = new TextEncoder();
  let low = 0;
  let high = text.length;
  // The longest prefix of the decoded text that encodes back to the same bytes.
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isPrefix(encoder.encode(text.slice(0, middle)), bytes)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function isPrefix(prefix: Uint8Array, bytes: Uint8Array): boolean {
  const skipped = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return prefix.every((byte, index) => byte === bytes[index + skipped]);
}

/** A line break to PyYAML, an ordinary character to the YAML of today. */
const NEXT_LINE = "\u0085";

/**
 * PyYAML breaks lines at a lone carriage return and at U+0085 as well; each is one unit long, so that places stay what
 * they are. (Also at U+2028 and U+2029, which it keeps where they stand in quotes, the only place where a file has
 * them. So they are left alone.)
 */
function withCommonLineBreaks(source: string): string {
  const text = source.replace(/\r(?!\n)/g, "\n");
  return text.includes(NEXT_LINE) ? withoutNextLines(text) : text;
}

/**
 * In double quotes a break is folded into a space. A newline there would ask for an indented next line, which PyYAML
 * does not.
 */
function withoutNextLines(text: string): string {
  let quoted = false;
  return text.replace(/\\.|["\n\u0085]/gs, (found) => {
    if (found === NEXT_LINE) return quoted ? " " : "\n";
    if (found === '"') quoted = !quoted;
    else if (found === "\n") quoted = false;
    return found;
  });
}

function checked(source: string): DecodedText {
  const text = withCommonLineBreaks(source);
  const match = FORBIDDEN.exec(text);
  if (match === null) return { text };
  const character = match[0].codePointAt(0) ?? 0;
  const name =
    character === 0 ? "a NUL character" : `the character U+${character.toString(16).toUpperCase().padStart(4, "0")}`;
  const message = `${name} stands here, which YAML does not allow; remove it, or write it as an escape in double quotes`;
  return { text, problem: { code: "control-character", message, path: [], mark: { offset: match.index, length: 1 } } };
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(bytes % 1_000_000 === 0 ? 0 : 1);
}
