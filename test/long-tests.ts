import { existsSync } from "node:fs";

/**
 * The tests of `npm run test:long`, by the reason. `npm test` has all the others, within the eight minutes that
 * somebody waits for; `.ci/run` has both. A file belongs to one of the two (`scripts/test-shares.test.ts`).
 */
const LONG: Readonly<Record<string, readonly string[]>> = {
  "campaigns of kills and outages at random": [
    "test/crash/crash.test.ts",
    "test/crash/server/server-crash.test.ts",
    "test/crash/remote-troubles.test.ts",
  ],
  "each rule of the step contract on each executor": [
    "test/conformance/cluster.slurm.test.ts",
    "test/conformance/docker.engine.test.ts",
    "test/conformance/local.test.ts",
    "src/executors/docker/docker-conformance.engine.test.ts",
    "src/executors/docker/docker-faults.engine.test.ts",
    "src/executors/slurm/executor.slurm.test.ts",
    "src/executors/slurm/faults.slurm.test.ts",
  ],
  "everything that a browser shows": [
    "test/web/data.test.ts",
    "test/web/live.test.ts",
    "test/web/second-user.test.ts",
    "test/web/web.test.ts",
    "test/web/work-on-results.test.ts",
  ],
  "pages, examples and clients as a newcomer would use them": [
    "test/docs/pages.test.ts",
    "test/flights-from-git.test.ts",
    "test/notebooks.test.ts",
    "test/valohai-cli.test.ts",
    "test/valohai-utils.test.ts",
  ],
  "environments that are built from packages": [
    "src/executors/local/installing.test.ts",
    "src/executors/python/environment.test.ts",
    "src/executors/python/shared-downloads.test.ts",
    "test/python.test.ts",
    "test/uv.test.ts",
  ],
  "homes of servers that are started, killed, saved and cleared again and again": [
    "test/home-backup.test.ts",
    "test/home-gc.test.ts",
    "test/home-process.test.ts",
  ],
  "projects that are saved, moved and cleared as a whole": [
    "test/backup.test.ts",
    "test/data.test.ts",
    "test/housekeeping.test.ts",
    "test/kept-logs.test.ts",
    "test/migrate.test.ts",
  ],
  "rules of which each needs whole runs; those that decide have tests beside the code": [
    "test/approvals.test.ts",
    "test/commits.test.ts",
    "test/from.test.ts",
    "test/reuse-rules.test.ts",
    "test/tasks.test.ts",
  ],
  "commands, steps and terminals in each of their forms": [
    "src/executors/local/traced-steps.test.ts",
    "test/cli/closed-terminal.test.ts",
    "test/dev.test.ts",
    "test/interactive.test.ts",
    "test/remote.test.ts",
    "test/shell.test.ts",
    "test/stopping-background.test.ts",
  ],
  "records and homes of each version so far": ["test/old-databases.test.ts", "test/old-homes.test.ts"],
};

/**
 * The tests of the behaviour that `npm test` runs on PostgreSQL as well, since what they are about is several
 * processes at one database, or an order that it decides on; `npm run test:long` has the rest there.
 */
const SHORT_ON_POSTGRES: readonly string[] = [
  "test/pipeline.test.ts",
  "test/resume.test.ts",
  "test/sharing.test.ts",
  "test/two-homes.test.ts",
];

/** The paths of the long tests. Throws for one that is not there: it was moved, and would be a short one. */
export function longTests(): readonly string[] {
  return checked(Object.values(LONG).flat());
}

/** The paths of the short tests on PostgreSQL. */
export function shortOnPostgres(): readonly string[] {
  return checked(SHORT_ON_POSTGRES);
}

function checked(paths: readonly string[]): readonly string[] {
  const gone = paths.filter((path) => !existsSync(path));
  if (gone.length > 0) throw new Error(`test/long-tests.ts names tests that are not there: ${gone.join(", ")}`);
  return paths;
}
