import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { FailedTests } from "./scripts/failed-tests.ts";
import { LongTestsFirst } from "./scripts/long-tests-first.ts";
import { SlowestTests } from "./scripts/slowest-tests.ts";
import { chosenShare, filesOf } from "./scripts/test-shares.ts";
import { whyNoDocker } from "./src/executors/docker/fixtures/docker-daemon.ts";
import { whyNoSlurm } from "./src/executors/slurm/fixtures/start-slurm.ts";

/** `npm test` and `npm run test:long` have a share each; by hand, `vitest run PATH` finds every test. */
const share = chosenShare();
const NONE = { include: [] };

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
        test: { name: "headrace", ...filesOf("headrace", share) },
      },
      {
        extends: true,
        // A process for each file, and the modules loaded anew in it, cost more than most of these tests.
        test: { name: "of pure rooms", ...filesOf("of pure rooms", share), isolate: false },
      },
      {
        extends: true,
        test: {
          // A Docker of the tests' own, started once for all of these.
          name: "in Docker",
          ...(whyNoDocker() === undefined ? filesOf("in Docker", share) : NONE),
          globalSetup: "test/shared-docker.ts",
        },
      },
      {
        extends: true,
        test: {
          // Asked for by `npm run conformance -- podman`; Docker stands for both otherwise.
          name: "in Podman",
          ...(process.env.HEADRACE_TEST_PODMAN === undefined ? NONE : filesOf("in Podman", share)),
        },
      },
      {
        extends: true,
        test: {
          // Clusters of the tests' own, one for each file: they take down its daemons.
          name: "on Slurm",
          ...(whyNoSlurm() === undefined ? filesOf("on Slurm", share) : NONE),
        },
      },
      {
        extends: true,
        test: {
          // The behaviour of the command once more, with the records in PostgreSQL.
          name: "on PostgreSQL",
          ...filesOf("on PostgreSQL", share),
          globalSetup: "test/shared-database.ts",
          setupFiles: "test/use-shared-database.ts",
        },
      },
    ],
  },
});
