/** These take two paths. */
export const TWO_PATHS: ReadonlySet<string> = new Set(["rename", "renameat", "renameat2", "link", "linkat"]);

export interface SeenPath {
  /** The folder from which a relative path starts, where the call tells. */
  readonly base: string | undefined;
  readonly path: string;
}

/** The paths of a call's arguments: the first text, for some the second, each from the descriptor before it. */
export function pathsOf(name: string, body: string): readonly SeenPath[] {
  const wanted = TWO_PATHS.has(name) ? 2 : 1;
  const paths: SeenPath[] = [];
  let at = 0;
  while (paths.length < wanted) {
    const begin = body.indexOf('"', at);
    if (begin < 0) break;
    const text = QUOTED.exec(body.slice(begin))?.[0];
    if (text === undefined) break;
    const before = body.slice(at, begin).replace(/, $/, "");
    const base =
      name === "inotify_add_watch" ? undefined : descriptorPath(before.slice(before.lastIndexOf(", ") + 1).trim());
    paths.push({ base, path: unquote(text) });
    at = begin + text.length;
  }
  return paths;
}

const QUOTED = /^"(?:[^"\\]|\\.)*"/;

export function quoted(body: string): readonly string[] {
  return [...body.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([text]) => unquote(text));
}

/** `3</path>`, `AT_FDCWD</path>`; undefined for everything that leads to no file. */
export function descriptorPath(text: string): string | undefined {
  const path = /^(?:\d+|AT_FDCWD)<(\/(?:[^>\\]|\\.)*)>/.exec(text)?.[1];
  return path === undefined ? undefined : unescapeBytes(path).replace(/ \(deleted\)$/, "");
}

function unquote(text: string): string {
  return unescapeBytes(text.slice(1, -1));
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", v: "\v", f: "\f", b: "\b", a: "\x07" };

/** Bytes that stand as octal numbers, read as UTF-8 together with the others. */
function unescapeBytes(text: string): string {
  const bytes = text.replace(
    /\\(?:([0-7]{1,3})|x([0-9a-f]{2})|(.))/g,
    (_, octal?: string, hex?: string, letter?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return ESCAPES[letter ?? ""] ?? letter ?? "";
    },
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
