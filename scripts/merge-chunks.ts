import { basename } from "node:path";
import type { BuildResult } from "esbuild";
import { rolldown } from "rolldown";
import { takeBuiltins } from "./take-builtins.ts";

/**
 * The sets of files that are always loaded together, by the source files that are loaded first. A file of an earlier
 * set stays there.
 */
export type LoadedTogether = Readonly<Record<string, readonly string[]>>;

const PROGRAM = "headrace.js";

type Bundle = BuildResult<{ metafile: true; write: false }>;

/**
 * Writes a bundle with few files. esbuild makes a file of all that the same places need, and with 160 places that are
 * loaded by themselves that are 300 files. `headrace run` opened 136 of them, and a third of its start went into
 * finding the way from one to the next.
 */
export async function mergeChunks(
  { outputFiles, metafile }: Bundle,
  { outdir, together, external }: { outdir: string; together: LoadedTogether; external: readonly string[] },
): Promise<void> {
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const groupOf = groupChunks(metafile, together);
  const entries = [...texts.keys()].filter((name) => name.endsWith(".js") && !/-[A-Z0-9]{8}\.js$/.test(name));
  const bundle = await rolldown({
    input: entries,
    platform: "node",
    // esbuild has already left out all code that can be left out.
    treeshake: false,
    external: external.map((name) => new RegExp(`^${name.replace("*", ".*")}$`)),
    plugins: [
      {
        name: "chunks",
        resolveId: (id) => (texts.has(basename(id)) ? basename(id) : undefined),
        load: (id) => ({ code: chunkText(texts.get(id) ?? ""), map: texts.get(`${id}.map`) ?? null }),
        renderChunk: (code) => ({ code: takeBuiltins(code), map: null }),
      },
    ],
  });
  await bundle.write({
    dir: outdir,
    format: "esm",
    sourcemap: true,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    codeSplitting: { groups: Object.keys(together).map((name) => ({ name, test: (id) => groupOf.get(id) === name })) },
  });
  await bundle.close();
}

/** By the name of a chunk, its group. */
function groupChunks({ outputs }: Bundle["metafile"], together: LoadedTogether): ReadonlyMap<string, string> {
  const groupOf = new Map<string, string>();
  for (const [group, sources] of Object.entries(together)) {
    const open = sources.map((source) => {
      const found = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === source);
      if (found === undefined) throw new Error(`${source} is loaded by nothing, or with what loads it`);
      return found;
    });
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      const name = basename(path);
      if (groupOf.has(name)) continue;
      groupOf.set(name, group);
      for (const { path: imported, kind, external } of outputs[path]?.imports ?? [])
        if (kind === "import-statement" && external !== true) open.push(imported);
    }
  }
  // It begins to work when it is loaded, and so must not come with what it loads.
  groupOf.delete(PROGRAM);
  return groupOf;
}

const REQUIRE =
  /^import\{createRequire as __createRequire\}from"node:module";const require=__createRequire\(import\.meta\.url\);/;

/** Most chunks have no use for the `require` that each was given. */
function chunkText(text: string): string {
  const own = text.replace(REQUIRE, "").replace(/\n\/\/# sourceMappingURL=.*\n?$/, "\n");
  return /\brequire\b/.test(own) ? text : own;
}
