import { inject } from "vitest";
import { TEST_IMAGE } from "../../src/executors/docker/fixtures/test-image.ts";
import { testContract } from "./test-contract.ts";
import { valohaiUtilsFolder } from "./valohai-utils.ts";

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
        docker: { host: inject("dockerHost"), network: "none", "allow-mounts": [packages] },
      },
    },
  }),
  image: TEST_IMAGE,
  isolated: true,
  images: true,
  limitsMemory: true,
  valohaiUtils: {},
});
