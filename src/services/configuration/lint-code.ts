import { compileCodePattern, LARGEST_KEYED_FILE_BYTES, splitCodePattern, valueAtKey } from "../../config/index.ts";
import type { CodeView } from "../../snapshots/index.ts";
import type { LintedConfig } from "./lint-file.ts";
import type { ConfiguredCode } from "./project-code.ts";
import { readConfig } from "./read-config.ts";

/** Checks a configuration and the code around it. Throws HR_CONFIG_UNREADABLE. */
export async function lintCode(code: ConfiguredCode): Promise<LintedConfig> {
  const { text, read } = await readConfig(code);
  const { has } = await code.view.files();
  const files = { fileExists: has, inputExists: code.inputExists ?? has };
  // Checks ask at once, and files answer later: the first round tells which patterns are asked for.
  const asked = new Set<string>();
  read.around({ ...files, matchesCode: (pattern) => asked.add(pattern) !== undefined });
  const answers = new Map<string, boolean>();
  for (const pattern of asked) answers.set(pattern, await matches(code.view, pattern));
  const result = read.around({ ...files, matchesCode: (pattern) => answers.get(pattern) === true });
  return { kind: "configuration", file: code.shownFile, text: new TextDecoder().decode(text), result };
}

/**
 * Returns true if a pattern of `reuse: {code: […]}` matches a file, and one with the key that it names; if there are
 * too many to look at, it is taken to do so.
 */
async function matches(view: CodeView, pattern: string): Promise<boolean> {
  const paths = (await view.files()).paths();
  if (paths === undefined) return true;
  const { key } = splitCodePattern(pattern);
  const found = paths.filter(compileCodePattern(pattern));
  if (key === undefined) return found.length > 0;
  for (const path of found) if (await mayHave(view, path, key)) return true;
  return false;
}

/** A file that cannot be read by its keys counts as a whole. */
async function mayHave(view: CodeView, path: string, key: string): Promise<boolean> {
  try {
    const bytes = await view.read(path, LARGEST_KEYED_FILE_BYTES);
    return bytes === undefined || valueAtKey(bytes.toString("utf8"), key)?.kind !== "absent";
  } catch {
    return true;
  }
}
