import { isTest, type SourceFile } from "./source-file.ts";

/**
 * The files that may read the variables of the process itself: the command line, which hands them on, and what runs
 * before or beside a project.
 */
const READERS: ReadonlySet<string> = new Set([
  "src/cli/main.ts",
  "src/version.ts",
  "src/cli/live/summary.ts",
  "src/fault-point.ts",
  "src/home-folders.ts",
  "src/snapshots/run-git.ts",
  "src/sources/local/local-path.ts",
]);

/**
 * Uses of `process.env` in the rooms. A process may serve several projects, and a test several at once: variables come
 * from the `Installation` that opened the project.
 */
export function processEnvironmentProblems(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path }) => path.startsWith("src/") && !READERS.has(path))
    .filter((file) => !isTest(file) && !/(?:^|\/)(?:test-server|conformance-subject)\.ts$/.test(file.path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/\bprocess\.env\b/g)].map(
        ({ index }) =>
          `${path}:${text.slice(0, index).split("\n").length}: take the variables from the project (Installation), not from process.env`,
      ),
    );
}
