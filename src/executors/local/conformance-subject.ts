import type { ConformancePlace } from "../conformance-rig.ts";
import type { Executor } from "../executor.ts";
import { openLocalExecutor } from "./local-executor.ts";
import type { SandboxChoice } from "./sandbox/detect.ts";

/** The local executor for the conformance suite; the variant is the sandbox. */
export function open(place: ConformancePlace, variant: string): Promise<Executor> {
  return openLocalExecutor({ ...place, sandbox: variant as SandboxChoice });
}
