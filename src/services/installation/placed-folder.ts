import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EnvironmentSettings } from "../../settings/index.ts";
import type { InstalledSettings } from "./load-settings.ts";
import type { ProjectResources } from "./project-resources.ts";
import { executionFolderOf } from "./state-folder.ts";

/** Returns the folder of an execution: with the project, or where its environment's nodes see it, too. */
export function placedFolder(
  project: ProjectResources,
  { kinds }: InstalledSettings,
  environment: EnvironmentSettings,
  executionId: string,
): string {
  const shared = kinds.of(environment).executionsFolder;
  return shared === undefined ? executionFolderOf(project, executionId) : join(shared, executionId);
}

/**
 * Folders of executions that stand elsewhere than with the project. Other installations may have theirs in them, too.
 */
export function sharedExecutionFolders({ environments, kinds }: InstalledSettings): readonly string[] {
  return [...new Set(environments.flatMap((environment) => kinds.of(environment).executionsFolder ?? []))];
}

/**
 * The same for an execution on record, of which the environment may have been taken out of the settings. These are read
 * only where they are needed.
 */
export async function recordedFolder(
  project: ProjectResources,
  { id, environmentName }: { readonly id: string; readonly environmentName: string },
): Promise<string> {
  const own = executionFolderOf(project, id);
  if (existsSync(own)) return own;
  const settings = await project.settings();
  const environment = settings.environments.find(({ slug }) => slug === environmentName);
  return environment === undefined ? own : placedFolder(project, settings, environment, id);
}
