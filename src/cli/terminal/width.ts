import { stripVTControlCharacters } from "node:util";

// ASCII, Latin, dashes and quotes, arrows, mathematical signs, box drawing and shapes, ✓ and ✗: all of one column, none
// of them combining.
const SIMPLE = /^[\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u22ff\u2500-\u25fc\u2713\u2717]*$/;

/**
 * Columns that a text takes in a terminal: escape sequences and combining marks none, East Asian wide characters and
 * emoji two.
 */
export function textWidth(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segments(stripVTControlCharacters(text))) width += graphemeWidth(segment);
  return width;
}

/**
 * Columns of the widest of them; any number of them, while `Math.max(...)` takes some ten thousand arguments and then
 * overflows the stack.
 */
export function widest(texts: Iterable<string>): number {
  let width = 0;
  for (const text of texts) width = Math.max(width, textWidth(text));
  return width;
}

/** Shortens a plain text (no escape sequences) to a width, with `…` where something is missing. */
export function truncate(text: string, width: number, where: "end" | "middle" = "end"): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return width <= 0 ? "" : "…";
  if (where === "end") return `${takeStart(text, width - 1)}…`;
  const tail = Math.floor((width - 1) / 2);
  return `${takeStart(text, width - 1 - tail)}…${takeEnd(text, tail)}`;
}

/** Fills with spaces up to a width; a longer text stays as it is. */
export function pad(text: string, width: number, align: "left" | "right" = "left"): string {
  const missing = " ".repeat(Math.max(0, width - textWidth(text)));
  return align === "left" ? text + missing : missing + text;
}

/** One harmless line: control characters (which could move the cursor or ring the bell) become spaces. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ");
}

/** Cuts a text into lines of at most `width` columns, at spaces where it can. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** Each text on lines of its own. */
export function wrapAll(texts: readonly string[], width: number): readonly string[] {
  return texts.flatMap((text) => wrap(oneLine(text), width));
}

// The first segmenter of a process costs tens of milliseconds, which commands that print plain text need not pay.
let segmenter: Intl.Segmenter | undefined;

function segments(text: string): Iterable<{ readonly segment: string }> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (/^[\p{Mn}\p{Me}\p{Cf}]/u.test(grapheme)) return 0;
  return isWide(code) || grapheme.includes("\ufe0f") || /\p{Emoji_Presentation}/u.test(grapheme) ? 2 : 1;
}

/** The blocks that Unicode's EastAsianWidth.txt gives as W or F, roughly: scripts whose characters fill two columns. */
const WIDE_RANGES: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18aff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];

function isWide(code: number): boolean {
  return code >= 0x1100 && WIDE_RANGES.some(([first, last]) => code >= first && code <= last);
}

function takeStart(text: string, width: number): string {
  let taken = "";
  let used = 0;
  for (const { segment } of segments(text)) {
    used += graphemeWidth(segment);
    if (used > width) break;
    taken += segment;
  }
  return taken;
}

function takeEnd(text: string, width: number): string {
  let taken = "";
  let used = 0;
  for (const { segment } of [...segments(text)].reverse()) {
    used += graphemeWidth(segment);
    if (used > width) break;
    taken = segment + taken;
  }
  return taken;
}
