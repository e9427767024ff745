import { afterAll } from "vitest";
import { testExecutor } from "../conformance.ts";
import { PodmanService } from "./fixtures/podman-service.ts";
import { pythonArchive } from "./fixtures/test-image.ts";

const IMAGE = "localhost/headrace-test/python:1";

const service = new PodmanService();
await service.start();
service.podman("import", pythonArchive(), IMAGE);
afterAll(async () => await service[Symbol.asyncDispose]());

testExecutor("podman", {
  module: new URL("./conformance-subject.ts", import.meta.url),
  variant: service.host,
  isolated: "container",
  image: IMAGE,
});
