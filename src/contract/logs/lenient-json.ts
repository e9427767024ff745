/** Deeper objects are text to us: what reads them later (JSON.stringify among others) recurses. */
const MAX_DEPTH = 100;

/**
 * The JSON object in `text`, or undefined where there is none: no JSON, another kind of value, or an object nested deeper than
 * 100 levels.
 *
 * Python's `json.dumps` prints `NaN`, `Infinity` and `-Infinity`, which JSON has not. A loss that turned NaN is exactly what
 * a user looks for, so these become the texts "NaN", "Infinity" and "-Infinity"; so do numbers too large for a double (1e999).
 */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (nestsDeeperThan(text, MAX_DEPTH)) return undefined;
  const value = parseStrictly(text) ?? parseStrictly(quoteNonFinite(text));
  return isRecord(value) ? value : undefined;
}

function parseStrictly(text: string): unknown {
  try {
    // Only exponents of three digits and more, or very long numbers, can overflow; the reviver costs tenfold.
    return /[eE]\+?\d{3}|\d{300}/.test(text) ? JSON.parse(text, finiteOrText) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function finiteOrText(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Strings are matched first, so that a NaN inside one stays as it is. */
function quoteNonFinite(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b/gs, (token) => (token.startsWith('"') ? token : `"${token}"`));
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
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
