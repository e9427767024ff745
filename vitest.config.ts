import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { FailedTests } from "./scripts/failed-tests.ts";
import { LongTestsFirst } from "./scripts/long-tests-first.ts";
import { SlowestTests } from "./scripts/slowest-tests.ts";
import { whyNoDocker } from "./src/executors/docker/fixtures/docker-daemon.ts";
import { whyNoSlurm } from "./src/executors/slurm/fixtures/start-slurm.ts";
import { withoutPostgres } from "./test/without-postgres.ts";

// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  test: {
    pool: "forks",
    reporters: ["default", new SlowestTests(), new FailedTests()],
    // Tests wait for the real processes beneath them much of the time: with three workers, two cores were idle for a
    // third of it. Each worker and what it starts take some hundred MB.
    sequence: { sequencer: LongTestsFirst },
    maxWorkers: Math.min(12, 2 * availableParallelism()),
    // A limit for what hangs, not a measure of speed: the same tests pass on a machine with a load of 25.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: "headrace",
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/*.engine.test.ts", "**/*.podman.test.ts", "**/*.slurm.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          // A Docker of the tests' own, started once for all of these.
          name: "in Docker",
          include: whyNoDocker() === undefined ? ["src/**/*.engine.test.ts", "test/**/*.engine.test.ts"] : [],
          globalSetup: "test/shared-docker.ts",
        },
      },
      {
        extends: true,
        test: {
          // Asked for by `npm run conformance -- podman`; Docker stands for both otherwise.
          name: "in Podman",
          include: process.env.HEADRACE_TEST_PODMAN === undefined ? [] : ["src/**/*.podman.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          // Clusters of the tests' own, one for each file: they take down its daemons.
          name: "on Slurm",
          include: whyNoSlurm() === undefined ? ["src/**/*.slurm.test.ts", "test/**/*.slurm.test.ts"] : [],
        },
      },
      {
        extends: true,
        test: {
          // The behaviour of the command once more, with the records in PostgreSQL.
          name: "on PostgreSQL",
          include: ["test/**/*.test.ts"],
          exclude: [
            ...withoutPostgres(),
            "test/conformance/**",
            "test/docs/**",
            // What a browser shows comes through the API, whose tests know both databases.
            "test/web/**",
            "**/*.engine.test.ts",
            "**/*.slurm.test.ts",
          ],
          globalSetup: "test/shared-database.ts",
          setupFiles: "test/use-shared-database.ts",
        },
      },
    ],
  },
});
