/**
 * The characters that Python's `str.split()` and `str.strip()` take for white space; JavaScript's `\s` differs in six
 * characters.
 */
const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const SPACES = new RegExp(`${SPACE}+`);
const LEADING = new RegExp(`^${SPACE}+`);

/** Python's `text.split()`: the words between runs of white space. */
export function pythonSplit(text: string): string[] {
  return text.split(SPACES).filter((word) => word !== "");
}

/** Python's `text.strip()`. */
export function pythonStrip(text: string): string {
  const start = LEADING.exec(text)?.[0].length ?? 0;
  let end = text.length;
  // No `SPACE+$`: that expression is quadratic on long runs of white space inside a text.
  while (end > start && SPACES.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
