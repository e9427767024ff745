import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "esbuild";

export const SQLITE_MANIFEST = "better-sqlite3/package.json";

/**
 * Takes the scripts of better-sqlite3 into the bundle, and leaves its binaries in the package, where they are looked
 * for when a database is opened. Its fifteen small files, each looked for by itself, were a twentieth of the start of a
 * short command.
 */
export function bundledSqlite(projectRoot: string): Plugin {
  const folder = join(projectRoot, "node_modules/better-sqlite3/lib");
  return {
    name: "bundled-sqlite",
    setup: (build) => {
      build.onResolve({ filter: /^better-sqlite3$/ }, () => ({ path: join(folder, "index.js") }));
      build.onLoad({ filter: /better-sqlite3\/lib\/binding\.js$/ }, async ({ path }) => {
        const script = await readFile(path, "utf8");
        if (!script.includes("__dirname, '..', 'prebuilds'"))
          throw new Error("better-sqlite3 looks for its binaries in another way than scripts/bundled-sqlite.ts knows");
        const place = `require("path").join(require.resolve(${JSON.stringify(SQLITE_MANIFEST)}), "../lib")`;
        return { contents: script.replaceAll("__dirname", `(${place})`), loader: "js" };
      });
    },
  };
}
