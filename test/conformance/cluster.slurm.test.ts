import { afterAll } from "vitest";
import { startSlurm } from "../../src/executors/slurm/fixtures/start-slurm.ts";
import { testContract } from "./test-contract.ts";

const cluster = await startSlurm();
afterAll(async () => await cluster[Symbol.asyncDispose]());

testContract("on a Slurm cluster", {
  environment: "cluster",
  settings: `environments:
  cluster:
    executor: slurm
    slurm:
      work-folder: ${cluster.workFolder}
      poll-interval: 1
`,
  image: "not-used",
  images: false,
  // The tests' cluster has no cgroups to enforce memory with.
  limitsMemory: false,
  isolated: false,
  variables: cluster.environment,
  valohaiUtils: { python: { packages: ["valohai-utils==0.7.0"] } },
});
