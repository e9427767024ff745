const UNSAFE = /[^A-Za-z0-9_@%+=:,./-]/;

/**
 * Quotes a text as one word of a POSIX shell, with exactly the rules (and so the very output) of Python's
 * `shlex.quote`: texts of safe characters stay bare, everything else is put in single quotes.
 *
 * @example shellQuote("it's") // 'it'"'"'s'
 */
export function shellQuote(text: string): string {
  if (text === "") return "''";
  if (!UNSAFE.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
