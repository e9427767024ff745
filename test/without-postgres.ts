import { existsSync } from "node:fs";

/**
 * Tests of the behaviour that are not run once more with the records in PostgreSQL, by the reason. Where a record is
 * written or read differently by the two databases, that is proved by the conformance suite of the store and by the
 * tests that stay; these would only do the same work twice. A test that is not named here runs on both.
 */
const BY_REASON: Readonly<Record<string, readonly string[]>> = {
  "they say themselves on which database they are": [
    ...["backends", "crash/crash", "crash/remote-troubles", "crash/server/server-crash", "crash/syncs", "migrate"],
    ...["cli/read-only-project", "cli/start-up", "executor-kinds", "work-folder"],
  ],
  "they are about the process of a step, and what it sees": [
    ...["conspiring-steps", "inherited-descriptors", "interactive", "notebooks", "one-bad-thing", "program-replaced"],
    ...["python", "shell", "stopping-background", "surroundings", "uv", "valohai-utils", "worktrees"],
  ],
  "they are about files and folders of this machine": [
    ...["compile-cache", "decoys", "download", "file-hints", "foreign-state", "hostile-files", "import", "vectors"],
  ],
  "they are about where a command acts, and the API that it calls is tried on both": ["every-command-on-server"],
  "they are about what a request or a version of the code is, before anything is recorded": [
    ...["bad-input", "commits", "dry-run", "from", "refused-requests"],
  ],
  "they are about what stands on the terminal, or in a log": [
    ...[
      "big-log",
      "checks",
      "cli/closed-terminal",
      "cli/live-logs",
      "cli/terminal",
      "compare-images",
      "dev",
      "drift",
      "log-lines",
    ],
    ...["quiet", "raw-logs"],
  ],
  "slots and devices of the machine are files, whichever database the runs are in": ["resources"],
  "each of their records has its own part of the conformance suite of the store": [
    ...["kept-logs", "labels", "machine-use", "step-checks"],
  ],
  "they are about what is told to a collector of traces": ["traces"],
  "reuse.test.ts holds reuse on both databases, and these the rules that decide on it": ["reuse-rules"],
  "they are about clients and examples; the API that they call is tested on both databases": [
    "flights-from-git",
    "remote",
    "valohai-cli",
  ],
};

/** Their paths. Throws for a name that no test has: it was moved, and would run twice again without a word. */
export function withoutPostgres(): readonly string[] {
  const paths = Object.values(BY_REASON)
    .flat()
    .map((name) => `test/${name}.test.ts`);
  const gone = paths.filter((path) => !existsSync(path));
  if (gone.length > 0) throw new Error(`test/without-postgres.ts names tests that are not there: ${gone.join(", ")}`);
  return paths;
}
