import { compileGlob, hasGlob } from "./glob.ts";

/** Tells which files a pattern of `reuse: {code: […]}` means: a file or a folder with all that is in it; with `*`, `?` or `[`, `*` crosses folders. */
export function compileCodePattern(pattern: string): (path: string) => boolean {
  const named = pattern.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
  if (named === "" || named === ".") return () => true;
  if (hasGlob(named)) return compileGlob(named);
  return (path) => path === named || path.startsWith(`${named}/`);
}
