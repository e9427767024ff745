import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildResult, build } from "esbuild";
import { bundledSqlite, SQLITE_MANIFEST } from "./bundled-sqlite.ts";
import { type LoadedTogether, mergeChunks } from "./merge-chunks.ts";

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), "..");

export interface BundleOptions {
  readonly outdir: string;
  /** Leaves the fault points of src/fault-point.ts in, for crash tests. */
  readonly faultPoints: boolean;
}

// Native code stays a package of its own, with its binaries inside; its scripts are bundled (bundled-sqlite.ts). So
// does what is loaded only by those who configure it.
const EXTERNAL = [SQLITE_MANIFEST, "pg", "@aws-sdk/*", "@smithy/*", "@duckdb/*"];

/**
 * The program itself; commands that read records; those that read the configuration; those that look at contents; those
 * that run steps.
 */
const TOGETHER: LoadedTogether = {
  program: ["src/cli/main.ts"],
  records: [
    "src/services/index.ts",
    "src/store/index.ts",
    "src/store/sqlite/open-sqlite.ts",
    "src/views/index.ts",
    "src/cli/render/runs.ts",
    "src/cli/render/run-detail.ts",
    "src/cli/render/outputs.ts",
    "src/services/runs/list-runs.ts",
    "src/services/nodes/list-nodes.ts",
    "src/services/records/get-subject.ts",
    "src/services/data/list-outputs.ts",
  ],
  configuration: [
    "src/config/index.ts",
    "src/cli/lint-files.ts",
    "src/services/configuration/lint-code.ts",
    "src/services/configuration/folder-view.ts",
    "src/services/configuration/describe-configuration.ts",
    "src/cli/render/logs.ts",
  ],
  contents: ["src/services/records/why/why.ts", "src/services/installation/open-blobs.ts"],
  run: [
    "src/cli/run/run-target.ts",
    "src/services/plans/create-plan.ts",
    "src/services/runs/run-plan.ts",
    "src/services/installation/execution-places.ts",
    "src/services/installation/secret-keys.ts",
    "src/services/installation/load-settings.ts",
    "src/services/installation/state-folder.ts",
    "src/services/housekeeping/retention.ts",
    "src/snapshots/index.ts",
    "src/snapshots/origins/open-working-tree.ts",
    "src/executors/local/local-executor.ts",
    "src/executors/docker/docker-answers.ts",
    "src/secrets/index.ts",
  ],
};

/** Bundles the command line, code-split, so that each command loads only what it needs, in few files. */
export async function bundleCommand({ outdir, faultPoints }: BundleOptions): Promise<BuildResult<{ metafile: true }>> {
  const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
  const built = await build({
    absWorkingDir: projectRoot,
    entryPoints: {
      headrace: "src/cli/main.ts",
      "hash-worker": "src/blobs/hash-worker.ts",
      "tables-process": "src/tables/tables-process.ts",
      "pattern-worker": "src/services/logs/pattern-worker.ts",
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
    write: false,
    external: EXTERNAL,
    plugins: [bundledSqlite(projectRoot)],
    define: {
      "process.env.HEADRACE_BUILD_VERSION": JSON.stringify(version),
      ...(faultPoints ? {} : { "process.env.HEADRACE_TEST_KILL_AT": "undefined" }),
    },
    // Bundled CommonJS packages call require() for Node's own modules.
    banner: {
      js: 'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  await mergeChunks(built, { outdir, together: TOGETHER, external: EXTERNAL });
  return built;
}
