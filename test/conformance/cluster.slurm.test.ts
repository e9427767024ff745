import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { startSlurm } from "../../src/executors/slurm/fixtures/start-slurm.ts";
import { testContract } from "./test-contract.ts";

const cluster = await startSlurm();
const settings = `environments:
  cluster:
    executor: slurm
    slurm: { work-folder: ${cluster.workFolder}, poll-interval: 1 }
`;
// Logs are read in this process, too.
const file = join(cluster.workFolder, "settings.yaml");
writeFileSync(file, settings);
process.env.HEADRACE_CONFIG = file;
afterAll(async () => await cluster[Symbol.asyncDispose]());

testContract("on a Slurm cluster", {
  environment: "cluster",
  settings,
  image: "not-used",
  images: false,
  // The tests' cluster has no cgroups that could.
  limitsMemory: false,
  isolated: false,
  folderOf: (_, executionId) => join(cluster.workFolder, "executions", executionId),
  variables: cluster.environment,
  valohaiUtils: { python: { packages: ["valohai-utils==0.7.0"] } },
});
