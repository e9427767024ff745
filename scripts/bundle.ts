import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildResult, build } from "esbuild";

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), "..");

export interface BundleOptions {
  readonly outdir: string;
  /** Leaves the fault points of src/fault-point.ts in, for crash tests. */
  readonly faultPoints: boolean;
}

/** Bundles the command line, code-split, so that each command loads only what it needs. */
export function bundleCommand({ outdir, faultPoints }: BundleOptions): Promise<BuildResult<{ metafile: true }>> {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  return build({
    absWorkingDir: projectRoot,
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
    define: {
      "process.env.HEADRACE_BUILD_VERSION": JSON.stringify(version),
      ...(faultPoints ? {} : { "process.env.HEADRACE_TEST_KILL_AT": "undefined" }),
    },
    // Bundled CommonJS packages call require() for Node's own modules.
    banner: { js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);' },
    logLevel: "warning",
  });
}
