/** Bundles the command line into dist/: code-split, so that each command loads only what it needs. */
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { thirdPartyNotices } from "./third-party-notices.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outdir = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

rmSync(outdir, { recursive: true, force: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: {
    headrace: "src/cli/main.ts",
    "hash-worker": "src/blobs/hash-worker.ts",
    "launcher-process": "src/executors/local/launcher-process.ts",
  },
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  sourcemap: "linked",
  sourcesContent: false,
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  // Native code stays a package of its own, with its binaries inside; so does what is loaded only by those who configure it.
  external: ["better-sqlite3", "pg", "@aws-sdk/*", "@smithy/*"],
  define: { "process.env.HEADRACE_BUILD_VERSION": JSON.stringify(version) },
  // Bundled CommonJS packages call require() for Node's own modules.
  banner: { js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);' },
  logLevel: "warning",
});
writeFileSync(join(outdir, "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices(root, Object.keys(result.metafile.inputs)));
chmodSync(join(root, "bin/headrace.mjs"), 0o755);
