/**
 * The names that people give to stored data, and the addresses made of them: `datum://ALIAS`, `dataset://NAME/VERSION`.
 * One rule for aliases, datasets and versions, since each stands in addresses, commands and file names alike.
 */

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;
const MOST_CHARACTERS = 128;
/** A record's id: an alias of this form would hide a file. */
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The alias that stands for the newest version by itself, and that nobody sets. */
export const LATEST = "latest";

/** Returns the fault of a name of an alias, a dataset or a version, in words that follow on it; undefined for none. */
export function dataNameProblem(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.length > MOST_CHARACTERS) return `is longer than ${MOST_CHARACTERS} characters`;
  if (name.normalize("NFC") !== name) return "is written with letters and accents apart";
  if (ID.test(name)) return "has the form of an id";
  return NAME.test(name) ? undefined : "may have letters, digits, `.`, `_` and `-`, with a letter or a digit in front";
}

/** A version of something with versions: `dataset://NAME/VERSION`. */
export interface VersionAddress {
  readonly name: string;
  /** The name of a version, or an alias; absent in `dataset://NAME`. */
  readonly version?: string;
}

/** Reads an address of this scheme; undefined where it has another, or is not of the form. */
export function readVersionAddress(uri: string, scheme: "dataset" | "model"): VersionAddress | undefined {
  if (!uri.startsWith(`${scheme}://`)) return undefined;
  const [name = "", version, ...more] = uri.slice(scheme.length + 3).split("/");
  const isFit = [name, ...(version === undefined ? [] : [version])].every(
    (part) => dataNameProblem(part) === undefined,
  );
  if (!isFit || more.length > 0) return undefined;
  return { name, ...(version !== undefined && { version }) };
}

/** The order in which the databases keep texts: that of their bytes, which differs from JavaScript's behind U+D7FF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (one === other) continue;
    // Halves of surrogate pairs stand for what lies behind all others.
    if (isSurrogate(one) !== isSurrogate(other)) return isSurrogate(one) ? 1 : -1;
    return one - other;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
