import type { JobResources } from "./executor.ts";

/** The key by which a step's memory is limited, for a message that says what to raise. */
export function limitOfMemory(resources: Pick<JobResources, "memoryMaxOf"> | undefined): string {
  return resources?.memoryMaxOf === "environment" ? "`limits.memory` of its environment" : "resources.memory";
}
