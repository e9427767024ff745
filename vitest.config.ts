import { defineConfig } from "vitest/config";
import { SlowestTests } from "./scripts/slowest-tests.ts";
import { whyNoDocker } from "./src/executors/docker/fixtures/docker-daemon.ts";
import { whyNoSlurm } from "./src/executors/slurm/fixtures/start-slurm.ts";

// biome-ignore lint/style/noDefaultExport: vitest reads the default export.
export default defineConfig({
  test: {
    pool: "forks",
    reporters: ["default", new SlowestTests()],
    // One more than the cores of a small machine: tests wait for the real processes beneath them much of the time.
    maxWorkers: 3,
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
          // These say themselves on which database they are.
          exclude: [
            "test/crash/crash.test.ts",
            "test/crash/syncs.test.ts",
            "test/crash/remote-troubles.test.ts",
            "test/backends.test.ts",
            "test/migrate.test.ts",
            "test/conformance/**",
            "test/docs/**",
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
