import { type Executor, openDockerExecutor, openLocalExecutor, openSlurmExecutor } from "../executors/index.ts";
import type { EnvironmentSettings } from "../settings/index.ts";
import { definedOnly } from "./defined-variables.ts";
import { runningStepsFolder } from "./machine-folders.ts";
import type { ProjectResources } from "./project-resources.ts";

/** The executor of an environment. The one place where executors are registered; each loads what it needs itself, on first use. */
export async function openExecutor(
  environment: EnvironmentSettings,
  project: ProjectResources,
  projectId = project.identity.id,
): Promise<Executor> {
  const { sandbox } = project;
  const baseEnvironment = definedOnly(project.env);
  const common = { stateFolder: project.stateFolder, projectRoot: project.root, baseEnvironment };
  switch (environment.executor) {
    case "local":
      return await openLocalExecutor({
        ...common,
        runningFolder: runningStepsFolder(project.env),
        sandbox: sandbox === "auto" ? (environment.local.sandbox ?? "auto") : sandbox,
        network: environment.local.network ?? "host",
        shows: environment.local.shows,
      });
    case "docker":
      return await openDockerExecutor({
        settings: environment.docker,
        baseEnvironment,
        projectId,
      });
    case "slurm":
      return openSlurmExecutor({ settings: environment.slurm, baseEnvironment, stateFolder: project.stateFolder });
  }
}
