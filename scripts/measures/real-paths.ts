import { isTest, type SourceFile } from "./source-file.ts";

/**
 * Uses of Node's own `realpathSync`, which takes `..` in a link's target away by text before it follows the links in
 * it. The kernel does it the other way round: what is checked would not be what is opened. `realpathSync.native` asks
 * the kernel.
 */
export function realPathProblems(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter((file) => file.path.startsWith("src/") && !isTest(file))
    .flatMap((file) =>
      [...file.text.matchAll(/\brealpathSync\(/g)].map(({ index }) => {
        const line = file.text.slice(0, index).split("\n").length;
        return `${file.path}:${line}: realpathSync does not resolve links as the kernel does; use realpathSync.native`;
      }),
    );
}
