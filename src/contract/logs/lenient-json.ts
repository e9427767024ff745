/** Deeper objects are text to us: what reads them later (JSON.stringify among others) recurses. */
const MAX_DEPTH = 100;

/**
 * The JSON object in `text`, or undefined where there is none: no JSON, another kind of value, or an object nested
 * deeper than 100 levels.
 *
 * Python's `json.dumps` prints `NaN`, `Infinity` and `-Infinity`, which JSON has not. A loss that turned NaN is exactly
 * what a user looks for, so these become the texts "NaN", "Infinity" and "-Infinity"; so do numbers too large for a
 * double (1e999). An integer that a double would change (a seed, a hash, an id beyond 2^53) becomes a text with its
 * digits.
 */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (nestsDeeperThan(text, MAX_DEPTH)) return undefined;
  const value = parseStrictly(text) ?? parseStrictly(quoteNonFinite(text));
  return isRecord(value) ? value : undefined;
}

function parseStrictly(text: string): unknown {
  try {
    // Only exponents of three digits and more, and long numbers, can change; the reviver costs tenfold.
    return /[eE]\+?\d{3}|\d{300}|(?<![\d.])\d{16,}(?![\d.eE])/.test(text)
      ? parseWithSource(text, exactOrText)
      : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The source of a value is newer than the types of JSON.parse. */
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

function exactOrText(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return String(value);
  return context.source !== undefined && /^-?\d+$/.test(context.source) && String(value) !== context.source
    ? context.source
    : value;
}

/** A part of a text, with where it begins. */
export interface Part {
  readonly start: number;
  readonly text: string;
}

/**
 * Braces that belong together at the outermost level, one behind the other with nothing but blanks in between;
 * undefined for anything else.
 */
export function splitObjects(text: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let depth = 0;
  let start = 0;
  for (let position = 0; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === QUOTE && depth > 0) {
      position = endOfString(text, position);
    } else if (code === OPEN_BRACE) {
      if (depth === 0) start = position;
      depth += 1;
    } else if (code === CLOSE_BRACE && depth > 0) {
      depth -= 1;
      if (depth === 0) parts.push({ start, text: text.slice(start, position + 1) });
    } else if (depth === 0 && code !== SPACE && code !== TAB && code !== CARRIAGE_RETURN) return undefined;
  }
  return depth === 0 ? parts : undefined;
}

function endOfString(text: string, quote: number): number {
  for (let position = quote + 1; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === BACKSLASH) position += 1;
    else if (code === QUOTE) return position;
  }
  return text.length;
}

/** Strings are matched first, so that a NaN inside one stays as it is. */
function quoteNonFinite(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b/gs, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}

function nestsDeeperThan(text: string, limit: number): boolean {
  if (text.length < 2 * limit) return false;
  let depth = 0;
  let inString = false;
  for (let position = 0; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (inString) {
      if (code === BACKSLASH) position += 1;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth -= 1;
  }
  return false;
}
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
