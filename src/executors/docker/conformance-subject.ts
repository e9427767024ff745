import type { ConformancePlace } from "../conformance-rig.ts";
import type { Executor } from "../executor.ts";
import { DockerExecutor } from "./docker-executor.ts";

/** The Docker executor for the conformance suite; the variant is the engine's address. */
export async function open(place: ConformancePlace, variant: string): Promise<Executor> {
  return new DockerExecutor({
    settings: { host: variant, pull: "never", user: "auto", allowMounts: [], network: "none" },
    baseEnvironment: place.baseEnvironment,
    projectId: "conformance",
  });
}
