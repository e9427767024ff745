import type { Diagnostic } from "../diagnostic.ts";
import { decodeSource } from "../yaml/decode.ts";
import { LineIndex } from "./line-index.ts";

export interface FormatOptions {
  /** True to use ANSI colours. */
  readonly color: boolean;
  /** Longer source lines are cut around the problem. 120 unless set. */
  readonly maxLineLength?: number;
}

const RED = 31;
const YELLOW = 33;
const CYAN = 36;
const BOLD = 1;
const DIM = 2;

/**
 * Diagnostics for people: `file:line:column: error: message`, the source line, the offending text underlined, and the
 * hint.
 *
 * @example
 * valohai.yaml:5:5: error: a step has no key `inpts`
 *   5 |     inpts:
 *     |     ^^^^^
 *     = did you mean `inputs`?
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  sourceText: string,
  options: FormatOptions,
): string {
  const lines = new LineIndex(decodeSource(sourceText).text);
  const paint = options.color
    ? (code: number, text: string) => `\u001b[${code}m${text}\u001b[0m`
    : (_: number, text: string) => text;
  return diagnostics
    .map((diagnostic) => formatOne(diagnostic, lines.lineText(diagnostic.line), paint, options.maxLineLength ?? 120))
    .join("\n");
}

type Paint = (code: number, text: string) => string;

function formatOne(diagnostic: Diagnostic, sourceLine: string, paint: Paint, maxLineLength: number): string {
  const { file, line, column, severity, message, hint } = diagnostic;
  const colour = severity === "error" ? RED : YELLOW;
  const head = `${paint(BOLD, `${file}:${line}:${column}:`)} ${paint(colour, `${severity}:`)} ${printable(message)}`;
  const gutter = String(line);
  const blank = " ".repeat(gutter.length);
  const excerpt = excerptOf(diagnostic, sourceLine, maxLineLength);
  const rows = [
    head,
    `  ${paint(DIM, `${gutter} |`)} ${excerpt.text}`,
    `  ${paint(DIM, `${blank} |`)} ${excerpt.indent}${paint(colour, "^".repeat(excerpt.length))}`,
  ];
  if (hint !== undefined) rows.push(`  ${paint(DIM, `${blank} =`)} ${paint(CYAN, printable(hint))}`);
  return rows.join("\n");
}

interface Excerpt {
  readonly text: string;
  /** White space up to the underlined text; tabs stay tabs, so that the underline stays below its text. */
  readonly indent: string;
  readonly length: number;
}

function excerptOf({ column, length }: Diagnostic, sourceLine: string, maxLineLength: number): Excerpt {
  const line = [...sourceLine];
  const start = Math.min(column - 1, line.length);
  const from =
    line.length <= maxLineLength
      ? 0
      : Math.max(0, Math.min(start - Math.floor(maxLineLength / 3), line.length - maxLineLength));
  const shown = line.slice(from, from + maxLineLength);
  const prefix = from > 0 ? "…" : "";
  const suffix = from + maxLineLength < line.length ? "…" : "";
  const before = line.slice(from, start).map((char) => (char === "\t" ? "\t" : " ".repeat(width(char))));
  const marked = line.slice(start, Math.min(start + length, from + maxLineLength));
  return {
    text: `${prefix}${printable(shown.join(""))}${suffix}`,
    indent: " ".repeat(prefix.length) + before.join(""),
    length: Math.max(
      1,
      marked.reduce((sum, char) => sum + width(char), 0),
    ),
  };
}

/** East Asian wide characters and emoji take two columns of a terminal. */
function width(char: string): number {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
    char,
  )
    ? 2
    : 1;
}

/** A file must not be able to steer the terminal: control characters become a replacement of the same width. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** Returns their number in words: “2 errors, 1 warning”. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  return [counted(errors, "error"), counted(warnings, "warning")].filter((part) => part !== "").join(", ");
}

function counted(count: number, noun: string): string {
  if (count === 0) return "";
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
