import type { SlurmSettings } from "./settings.ts";

type WorkFolder = Pick<SlurmSettings, "workFolder">;

/**
 * The folder of all executions of a cluster: below the work folder, where this machine and the nodes see it. Projects
 * share it, ids being unique.
 */
export function slurmExecutions({ workFolder }: WorkFolder): string {
  return `${workFolder.replace(/\/+$/, "")}/executions`;
}
