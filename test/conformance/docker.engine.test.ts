import { spawnSync } from "node:child_process";
import { inject } from "vitest";
import { EXECUTION_LABEL } from "../../src/executors/docker/container-spec.ts";
import { TEST_IMAGE } from "../../src/executors/docker/fixtures/test-image.ts";
import { testContract } from "./test-contract.ts";
import { valohaiUtilsFolder } from "./valohai-utils.ts";

const host = inject("dockerHost");
const packages = valohaiUtilsFolder();

testContract("docker", {
  environment: "box",
  settings: JSON.stringify({
    environments: {
      box: {
        executor: "docker",
        name: "The tests' own Docker",
        mounts: [{ source: packages, destination: "/opt/packages", readonly: true }],
        variables: { PYTHONPATH: "/opt/packages" },
        docker: { host, network: "none", "allow-mounts": [packages] },
      },
      connected: { executor: "docker", docker: { host, network: "host" } },
    },
  }),
  connected: "connected",
  image: TEST_IMAGE,
  leftOf: (executionId) => {
    const options = ["--host", host, "ps", "--all", "--quiet", "--filter", `label=${EXECUTION_LABEL}=${executionId}`];
    return spawnSync("docker", options, { encoding: "utf8" }).stdout;
  },
  isolated: true,
  images: true,
  limitsMemory: true,
  valohaiUtils: {},
});
