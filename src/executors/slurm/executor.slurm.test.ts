import { afterAll } from "vitest";
import { testExecutor } from "../conformance.ts";
import { startSlurm } from "./fixtures/start-slurm.ts";

const cluster = await startSlurm();
afterAll(() => cluster[Symbol.asyncDispose]());

testExecutor("slurm", {
  module: new URL("./conformance-subject.ts", import.meta.url),
  variant: cluster.environment.SLURM_CONF ?? "",
  isolated: false,
});
