/** Shorter ones stand in ordinary words by chance; they are hidden all the same, unless a single character. */
const SHORTEST = 2;
/** A line of a key or certificate; shorter ones (`{`, `-----`) stand in ordinary output. */
const SHORTEST_LINE = 8;
/** Short texts have short encodings, which ordinary output has by chance. */
const SHORTEST_ENCODED = 4;
/** Programs break lines of base64 after so many letters: PEM, and MIME or the command of this name. */
const BASE64_LINES = [64, 76] as const;
const SHORTEST_BASE64_LINE = 16;

/**
 * Returns the forms that a secret may have in the output of a program, the longest first: as it is, each of its lines,
 * in base64 (also amid other text), in hexadecimal digits, as part of an address, a form or JSON, and quoted for a
 * shell. Bytes are latin1 here, so that all of it is the same in the reader of streams
 * (executors/step/stream-masking.ts).
 */
export function formsOf(secret: string): readonly Buffer[] {
  const whole = Buffer.from(secret.replace(/[\r\n]+$/, "")).toString("latin1");
  const lines = whole.split(/\r?\n/);
  const texts = [whole, ...(lines.length === 1 ? [] : lines.filter(isLongLine))];
  const forms = new Set(texts.filter((text) => text.length >= SHORTEST).flatMap(formsOfText));
  return [...forms]
    .filter((form) => form.length >= SHORTEST)
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .map((form) => Buffer.from(form, "latin1"));
}

function isLongLine(line: string): boolean {
  return line.replaceAll(/^[ \t]+|[ \t]+$/g, "").length >= SHORTEST_LINE;
}

function formsOfText(text: string): readonly string[] {
  const quoted = text.replaceAll("'", "'\\''");
  const plain = [text, inJson(text), inAsciiJson(text), quoted, ...KEPT.flatMap((kept) => percentEncoded(text, kept))];
  return text.length < SHORTEST_ENCODED ? plain : [...plain, ...hexForms(text), ...base64Forms(text)];
}

/** The characters that programs leave as they are in addresses, and what they make of a space. */
const KEPT: readonly (readonly [kept: RegExp, space?: string])[] = [
  // encodeURIComponent, Python's quote without and with `/`.
  ...([[/[A-Za-z0-9_.!~*'()-]/], [/[A-Za-z0-9_.~-]/], [/[A-Za-z0-9_.~/-]/]] as const),
  // The forms of browsers, and Python's.
  ...([
    [/[A-Za-z0-9*._-]/, "+"],
    [/[A-Za-z0-9._~-]/, "+"],
  ] as const),
];

function percentEncoded(text: string, [kept, space]: (typeof KEPT)[number]): readonly string[] {
  const encode = (byte: string, code: string): string => {
    if (byte === " " && space !== undefined) return space;
    return kept.test(byte) ? byte : `%${code}`;
  };
  const encoded = (code: (byte: string) => string): string =>
    [...text].map((byte) => encode(byte, code(byte))).join("");
  return [encoded((byte) => hexOf(byte).toUpperCase()), encoded(hexOf)];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As Python writes it: no character beyond ASCII. */
function inAsciiJson(text: string): string {
  const characters = JSON.stringify(Buffer.from(text, "latin1").toString()).slice(1, -1);
  return characters.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function hexForms(text: string): readonly string[] {
  const hex = hexOf(text);
  return [hex, hex.toUpperCase()];
}

function hexOf(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

function base64Forms(text: string): readonly string[] {
  const forms = [0, 1, 2].map((before) => inBase64(before, text));
  const broken = text.length <= 48 ? [] : BASE64_LINES.flatMap((width) => inLines(forms[0] ?? "", width));
  return [
    ...forms.filter((form) => form.length >= SHORTEST_ENCODED).flatMap((form) => [form, inUrlAlphabet(form)]),
    ...broken,
  ];
}

/** The part that depends on the secret alone, where so many bytes stand before it in its group of three. */
function inBase64(before: number, text: string): string {
  const coded = Buffer.from("\0".repeat(before) + text, "latin1").toString("base64");
  return coded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + text.length) * 8) / 6));
}

function inUrlAlphabet(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_");
}

function inLines(base64: string, width: number): readonly string[] {
  const lines = base64.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
  return lines.filter(({ length }) => length >= SHORTEST_BASE64_LINE);
}
