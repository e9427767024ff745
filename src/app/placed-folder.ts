import { existsSync } from "node:fs";
import { type EnvironmentSettings, slurmExecutionFolder } from "../settings/index.ts";
import type { ProjectLocation } from "./project.ts";
import { executionFolderOf } from "./state-folder.ts";

/** Where the folder of an execution stands: with the project, or where its environment's nodes see it, too. */
export function placedFolder(location: ProjectLocation, environment: EnvironmentSettings, executionId: string): string {
  return environment.executor === "slurm" ? slurmExecutionFolder(environment.slurm, executionId) : executionFolderOf(location, executionId);
}

/** The same for an execution on record, of which the environment may have been taken out of the settings. These are read only where they are needed. */
export async function recordedFolder(
  location: ProjectLocation,
  { id, environmentName }: { readonly id: string; readonly environmentName: string },
): Promise<string> {
  const own = executionFolderOf(location, id);
  if (existsSync(own)) return own;
  const { loadSettings } = await import("./load-settings.ts");
  const environment = loadSettings(location, process.env).environments.find(({ slug }) => slug === environmentName);
  return environment === undefined ? own : placedFolder(location, environment, id);
}
