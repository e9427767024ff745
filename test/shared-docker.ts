import type { TestProject } from "vitest/node";
import { DockerDaemon, whyNoDocker } from "../src/executors/docker/fixtures/docker-daemon.ts";
import { importTestImages } from "../src/executors/docker/fixtures/test-image.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** `unix:///…` of the tests' own Docker. */
    readonly dockerHost: string;
  }
}

/** Called by vitest: one Docker for all tests that need one, with the images that they use. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (whyNoDocker() !== undefined) return async () => undefined;
  const daemon = new DockerDaemon();
  try {
    await daemon.start();
    importTestImages(daemon);
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
  project.provide("dockerHost", daemon.host);
  return async () => await daemon[Symbol.asyncDispose]();
}
