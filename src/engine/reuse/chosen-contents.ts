import { type KeyedValue, LARGEST_KEYED_FILE_BYTES, splitCodePattern, valueAtKey } from "../../config/index.ts";
import { isLink, type ManifestEntry, type ManifestFile } from "../../snapshots/index.ts";
import { chooseFiles } from "./chosen-files.ts";
import type { CodeVersion, CodeVersions } from "./code-versions.ts";

/** The contents that patterns name in a version, by path, or by path and key (`params.yaml#train.lr`). */
export type ChosenContents = ReadonlyMap<string, ChosenContent>;

export interface ChosenContent {
  /** Equal contents have equal texts. */
  readonly text: string;
  /** The value of a key, for humans; absent for files. */
  readonly value?: string;
}

/**
 * Reads what the patterns of `reuse: {code: […]}` name of a version. A key of a file that cannot be read by its keys
 * has the whole file's content.
 */
export async function chosenContents(
  versions: CodeVersions,
  version: CodeVersion,
  patterns: readonly string[],
): Promise<ChosenContents> {
  const split = patterns.map(splitCodePattern);
  const whole = split.filter(({ key }) => key === undefined).map(({ files }) => files);
  const contents = new Map<string, ChosenContent>();
  for (const entry of whole.length === 0 ? [] : chooseFiles(version, whole))
    contents.set(entry.path, { text: contentOf(entry) });
  for (const { files, key } of split) {
    if (key === undefined) continue;
    for (const entry of chooseFiles(version, [files])) {
      if (contents.has(entry.path)) continue;
      if (isLink(entry)) contents.set(entry.path, { text: contentOf(entry) });
      else contents.set(`${entry.path}#${key}`, await contentAtKey(versions, entry, key));
    }
  }
  return contents;
}

export function contentOf(entry: ManifestEntry): string {
  return isLink(entry) ? `link ${entry.link}` : `${entry.executable ? "program" : "file"} ${entry.sha256}`;
}

async function contentAtKey(versions: CodeVersions, file: ManifestFile, key: string): Promise<ChosenContent> {
  const bytes = file.size > LARGEST_KEYED_FILE_BYTES ? undefined : await versions.bytes(file.sha256);
  const found = bytes === undefined ? undefined : valueAtKey(Buffer.from(bytes).toString("utf8"), key);
  if (found === undefined)
    return { text: contentOf(file), value: "(the whole file, which cannot be read by its keys)" };
  return { text: `${found.kind} ${found.kind === "value" ? found.text : found.instead}`, value: shown(found) };
}

function shown(found: KeyedValue): string {
  if (found.kind === "absent") return "(not there)";
  return found.text === "" ? "(empty)" : found.text.trim();
}
