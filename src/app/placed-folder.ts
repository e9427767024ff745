import { existsSync } from "node:fs";
import { type EnvironmentSettings, type Settings, slurmExecutionFolder, slurmExecutions } from "../settings/index.ts";
import type { ProjectResources } from "./project-resources.ts";
import { executionFolderOf } from "./state-folder.ts";

/** Where the folder of an execution stands: with the project, or where its environment's nodes see it, too. */
export function placedFolder(project: ProjectResources, environment: EnvironmentSettings, executionId: string): string {
  return environment.executor === "slurm" ? slurmExecutionFolder(environment.slurm, executionId) : executionFolderOf(project, executionId);
}

/** Folders of executions that stand elsewhere than with the project. Other installations may have theirs in them, too. */
export function sharedExecutionFolders({ environments }: Settings): readonly string[] {
  return [
    ...new Set(environments.flatMap((environment) => (environment.executor === "slurm" ? [slurmExecutions(environment.slurm)] : []))),
  ];
}

/** The same for an execution on record, of which the environment may have been taken out of the settings. These are read only where they are needed. */
export async function recordedFolder(
  project: ProjectResources,
  { id, environmentName }: { readonly id: string; readonly environmentName: string },
): Promise<string> {
  const own = executionFolderOf(project, id);
  if (existsSync(own)) return own;
  const settings = await project.settings();
  const environment = settings.environments.find(({ slug }) => slug === environmentName);
  return environment === undefined ? own : placedFolder(project, environment, id);
}
