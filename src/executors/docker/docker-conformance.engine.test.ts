import { inject } from "vitest";
import { testExecutor } from "../conformance.ts";
import { TEST_IMAGE } from "./fixtures/test-image.ts";

testExecutor("docker", {
  module: new URL("./conformance-subject.ts", import.meta.url),
  variant: inject("dockerHost"),
  isolated: "container",
  image: TEST_IMAGE,
});
