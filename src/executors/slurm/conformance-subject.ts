import { readFileSync } from "node:fs";
import type { ConformancePlace } from "../conformance-rig.ts";
import type { Executor } from "../executor.ts";
import { openSlurmExecutor } from "./slurm-executor.ts";

/**
 * The Slurm executor for the conformance suite; the variant is the path of the cluster's slurm.conf, with the work
 * folder beside it.
 */
export async function open(place: ConformancePlace, variant: string): Promise<Executor> {
  const { PATH = "" } = place.baseEnvironment;
  if (!readFileSync(variant, "utf8").includes("ClusterName=headrace"))
    throw new Error(`${variant} is not the configuration of a test's cluster`);
  return openSlurmExecutor({
    settings: { workFolder: `${variant}/../work`, options: [], pollS: 0.2 },
    baseEnvironment: { ...place.baseEnvironment, PATH: `${PATH}:/usr/sbin`, SLURM_CONF: variant },
    settleMs: 500,
  });
}
