import type { Executor, JobSpec, OpenPlace } from "../../src/executors/index.ts";
import { openLocalExecutor } from "../../src/executors/local/local-executor.ts";
import type { LaneSettings } from "./settings.ts";

export async function openLane({ lane }: LaneSettings, place: OpenPlace): Promise<Executor> {
  const local = await openLocalExecutor({ ...place, sandbox: "off" });
  const inLane = (job: JobSpec): JobSpec => ({ ...job, environment: { ...job.environment, LANE: lane } });
  return {
    name: "lane",
    capabilities: { sharedFilesystem: true, images: false },
    health: async () =>
      lane === "closed"
        ? { healthy: false, reason: "the lane is closed", hint: "take another lane" }
        : { healthy: true, details: { lane } },
    prepare: async (job, report, signal) => {
      const prepared = await local.prepare(inLane(job), report, signal);
      return { ...prepared, facts: { ...prepared.facts, lane } };
    },
    start: (job, preparation, report) => local.start(inLane(job), preparation, report),
    attach: (job) => local.attach(inLane(job)),
    forget: (job) => local.forget(job),
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
}
