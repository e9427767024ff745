import type { Executor } from "../../executors/index.ts";
import type { EnvironmentSettings } from "../../settings/index.ts";
import { definedOnly } from "./defined-variables.ts";
import type { InstalledSettings } from "./load-settings.ts";
import { runningStepsFolder } from "./machine-folders.ts";
import type { ProjectResources } from "./project-resources.ts";

/** The executor of an environment; it loads what it needs itself, on first use. */
export async function openExecutor(
  environment: EnvironmentSettings,
  { kinds }: InstalledSettings,
  project: ProjectResources,
  projectId = project.identity.id,
): Promise<Executor> {
  const { sandbox, stateFolder } = project;
  const machine = await project.machine();
  const { enginesFolder: hiddenFolder, codeFolder: projectRoot } = project.origin;
  const baseEnvironment = definedOnly(project.env);
  const runningFolder = runningStepsFolder(project.env);
  return await kinds.of(environment).open({
    ...{ stateFolder, hiddenFolder, projectRoot, projectId, baseEnvironment, runningFolder, sandbox, machine },
  });
}
