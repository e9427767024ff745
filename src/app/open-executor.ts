import { type Executor, openDockerExecutor, openLocalExecutor, openSlurmExecutor } from "../executors/index.ts";
import type { EnvironmentSettings } from "../settings/index.ts";
import { machineSteps } from "./machine-line.ts";
import type { SandboxChoice } from "./open-project.ts";
import type { ProjectLocation } from "./project.ts";
import { projectIdentity } from "./project-facts.ts";

export interface ExecutorPlace {
  readonly location: ProjectLocation;
  /** Of the command line; it counts more than the environment's. */
  readonly sandbox: SandboxChoice;
  readonly baseEnvironment: Readonly<Record<string, string>>;
  /** As containers are labelled; absent where nothing is started. */
  readonly projectId?: string;
}

/** The executor of an environment. The one place where executors are registered; each loads what it needs itself, on first use. */
export async function openExecutor(environment: EnvironmentSettings, place: ExecutorPlace): Promise<Executor> {
  const { location, sandbox, baseEnvironment } = place;
  const common = { stateFolder: location.stateFolder, projectRoot: location.root, baseEnvironment };
  switch (environment.executor) {
    case "local":
      return await openLocalExecutor({
        ...common,
        runningFolder: machineSteps(process.env),
        sandbox: sandbox === "auto" ? (environment.local.sandbox ?? "auto") : sandbox,
        network: environment.local.network ?? "host",
        shows: environment.local.shows,
      });
    case "docker":
      return await openDockerExecutor({
        settings: environment.docker,
        baseEnvironment,
        projectId: place.projectId ?? projectIdentity(location.root).id,
      });
    case "slurm":
      return openSlurmExecutor({ settings: environment.slurm, baseEnvironment, stateFolder: location.stateFolder });
  }
}
