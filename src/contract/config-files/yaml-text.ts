import { numberText } from "./number-text.ts";

/** YAML wants a key on one line to be shorter than 1024 characters. */
const MAX_IMPLICIT_KEY = 1000;

/**
 * JSON data as block YAML that readers of YAML 1.1 and 1.2 understand alike. The `yaml` package is not used for this:
 * it writes `1e-7`, `=` and `<<` bare, which PyYAML reads as a text, an error and a merge, and it needs 80 µs per input
 * file, a hundred times what this takes.
 */
export function yamlText(value: unknown, number: (value: number) => string = numberText): string {
  return `${linesOf(value, number).join("\n")}\n`;
}

/** A scalar is one line; a list or map has as many as it needs, which the caller indents. */
function linesOf(value: unknown, number: (value: number) => string): readonly string[] {
  if (Array.isArray(value)) return value.length === 0 ? ["[]"] : value.flatMap((item) => itemLines(item, number));
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return entries.length === 0 ? ["{}"] : entries.flatMap(([key, each]) => entryLines(key, each, number));
  }
  return [scalarText(value, number)];
}

function itemLines(item: unknown, number: (value: number) => string): readonly string[] {
  return linesOf(item, number).map((line, position) => (position === 0 ? `- ${line}` : `  ${line}`));
}

function entryLines(key: string, value: unknown, number: (value: number) => string): readonly string[] {
  const name = stringText(key);
  const heads = name.length > MAX_IMPLICIT_KEY ? [`? ${name}`, ":"] : [`${name}:`];
  const lines = linesOf(value, number);
  if (!isBlock(value)) return [...heads.slice(0, -1), `${heads.at(-1) ?? ""} ${lines[0] ?? ""}`];
  return [...heads, ...lines.map((line) => `  ${line}`)];
}

/** Takes lines of its own: a list or map with something in it. */
function isBlock(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((each) => each !== undefined || Array.isArray(value))
  );
}

function scalarText(value: unknown, number: (value: number) => string): string {
  if (typeof value === "string") return stringText(value);
  if (typeof value !== "number") return String(value ?? null);
  if (Number.isFinite(value)) return number(value);
  return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
}

/** Texts that no version of YAML takes for anything else stand bare: names, paths, URIs, short sentences. */
const PLAIN = /^[A-Za-z_/](?:[\w/.@+-]|:(?=[\w/])| (?=[\w/.@+]))*$/;
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|e\d+)$/i;
/** Characters that JSON leaves bare and YAML forbids, or takes for the end of a line. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function stringText(text: string): string {
  if (PLAIN.test(text) && !RESERVED.test(text)) return text;
  return JSON.stringify(text).replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
