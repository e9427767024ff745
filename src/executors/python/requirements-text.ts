/** A line of a requirements file as pip counts them: continued ones are one, comments and blank ones are gone. */
export interface RequirementLine {
  readonly text: string;
  /** The line where its first part stands, from 1. */
  readonly line: number;
}

/** An option of a requirements file with its value, if it has one. */
export interface RequirementOption {
  readonly name: string;
  readonly value: string;
}

/**
 * The text of a requirements file in the encodings that pip takes: a byte order mark says UTF-16, a comment in the
 * first two lines another.
 */
export function decodeRequirements(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  const text = new TextDecoder("utf-8").decode(bytes);
  const named = /^(?:.*\n)?#.*?coding[:=][ \t]*([-\w.]+)/.exec(text)?.[1];
  if (named === undefined || /^utf-?8$/i.test(named)) return text;
  try {
    return new TextDecoder(named).decode(bytes);
  } catch {
    // A name that is none: as UTF-8, in which nearly all are written.
    return text;
  }
}

export function logicalLines(text: string): readonly RequirementLine[] {
  const result: RequirementLine[] = [];
  let open = "";
  let first = 0;
  for (const [index, physical] of text.split(/\r\n|\r|\n/).entries()) {
    if (open === "") first = index + 1;
    const plain = physical.replace(/(^|\s)#.*$/, "");
    if (plain.endsWith("\\") && plain === physical) {
      open += `${plain.slice(0, -1).trim()} `;
      continue;
    }
    const whole = (open + plain.trim()).trim();
    if (whole !== "") result.push({ text: whole, line: first });
    open = "";
  }
  if (open.trim() !== "") result.push({ text: open.trim(), line: first });
  return result;
}

/** The short options that take a value, which may follow without a blank: `-rbase.txt`. */
const SHORT: Readonly<Record<string, string>> = {
  r: "--requirement",
  c: "--constraint",
  f: "--find-links",
  e: "--editable",
  i: "--index-url",
};
const WITH_VALUE = new Set([
  ...Object.values(SHORT),
  "--extra-index-url",
  "--trusted-host",
  "--no-binary",
  "--only-binary",
  "--use-feature",
  "--pypi-url",
]);

/**
 * The options of a line that begins with one; undefined for a requirement. Options are spelled out, several can stand
 * on a line.
 */
export function lineOptions(text: string): readonly RequirementOption[] | undefined {
  if (!text.startsWith("-")) return undefined;
  const words = [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map(([word]) => word.replaceAll(/["']/g, ""));
  const options: RequirementOption[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const short = /^-([a-z])(?:=?(.+))?$/.exec(word);
    const long = /^(--[a-z-]+)(?:=(.*))?$/.exec(word);
    const name = short === null ? (long?.[1] ?? word) : (SHORT[short[1] ?? ""] ?? word);
    const glued = short === null ? long?.[2] : short[2];
    options.push({ name, value: glued ?? (WITH_VALUE.has(name) ? (words.shift() ?? "") : "") });
  }
  return options;
}

export function optionText({ name, value }: RequirementOption): string {
  return value === "" ? name : `${name} ${value}`;
}

export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** Variables that a text names as pip and uv know them: `${NAME}`. */
export function namedVariables(text: string): readonly string[] {
  return [...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map(([, name = ""]) => name);
}

/** A text without what logs in: user and password of its addresses. Names of variables are no secret. */
export function withoutLogins(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)([^\s/@]+)@/gi, (whole, scheme: string, login: string) =>
    /^(\$\{[A-Z0-9_]+\}:?)+$/.test(login) || /^git$/.test(login) ? whole : `${scheme}****@`,
  );
}
