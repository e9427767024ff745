import { splitCodePattern } from "./code-key.ts";
import { compileGlob, hasGlob } from "./glob.ts";

/**
 * Tells which files a pattern of `reuse: {code: […]}` means, whatever key of them it names: a file or a folder with all
 * that is in it; with `*`, `?` or `[`, `*` crosses folders.
 */
export function compileCodePattern(pattern: string): (path: string) => boolean {
  const named = splitCodePattern(pattern)
    .files.replace(/^(?:\.\/+)+/, "")
    .replace(/\/+$/, "");
  if (named === "" || named === ".") return () => true;
  if (hasGlob(named)) return compileGlob(named);
  return (path) => path === named || path.startsWith(`${named}/`);
}
