import type { SlurmSettings } from "./settings.ts";

/** Where an execution's folder stands for a cluster: below the work folder, where this machine and the nodes see it. Projects share it, ids being unique. */
export function slurmExecutionFolder({ workFolder }: Pick<SlurmSettings, "workFolder">, executionId: string): string {
  return `${workFolder.replace(/\/+$/, "")}/executions/${executionId}`;
}
