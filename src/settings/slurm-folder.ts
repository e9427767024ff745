import type { SlurmSettings } from "./settings.ts";

type WorkFolder = Pick<SlurmSettings, "workFolder">;

/** Where an execution's folder stands for a cluster: below the work folder, where this machine and the nodes see it. Projects share it, ids being unique. */
export function slurmExecutionFolder(settings: WorkFolder, executionId: string): string {
  return `${slurmExecutions(settings)}/${executionId}`;
}

/** The folder of all executions that a work folder holds. */
export function slurmExecutions({ workFolder }: WorkFolder): string {
  return `${workFolder.replace(/\/+$/, "")}/executions`;
}
