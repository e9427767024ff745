import type { ExecutionPlace } from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Executor } from "../../executors/index.ts";
import type { EnvironmentSettings } from "../../settings/index.ts";
import type { InstalledSettings } from "./load-settings.ts";
import { openExecutor } from "./open-executor.ts";
import { placedFolder } from "./placed-folder.ts";
import type { ProjectResources } from "./project-resources.ts";

/**
 * Knows where each execution runs. Executors are opened when the first execution needs them: a laptop that runs local
 * steps never loads Docker's client.
 */
export class ExecutionPlaces implements AsyncDisposable {
  readonly #settings: InstalledSettings;
  readonly #project: ProjectResources;
  readonly #projectId: string | undefined;
  readonly #executors = new Map<string, Promise<Executor>>();

  constructor(settings: InstalledSettings, project: ProjectResources, projectId?: string) {
    this.#settings = settings;
    this.#project = project;
    this.#projectId = projectId;
  }

  /**
   * The same answer in every engine with these settings. Throws HR_NOT_FOUND for an environment that has been taken out
   * of them.
   */
  readonly placeOf = async ({
    id,
    environmentName,
  }: {
    readonly id: string;
    readonly environmentName: string;
  }): Promise<ExecutionPlace> => {
    const environment = this.#settings.environments.find(({ slug }) => slug === environmentName);
    if (environment === undefined) {
      throw new HeadraceError(
        "HR_NOT_FOUND",
        `the environment ${environmentName} of execution ${id} is not set up here any more`,
        {
          hint: ["put it back into headrace.config.yaml; ", { do: "list-environments" }, " lists what there is"],
        },
      );
    }
    const executor = await this.#executorOf(environment);
    return { executor, folder: placedFolder(this.#project, this.#settings, environment, id), environment };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opening of this.#executors.values()) {
      const executor = await opening.catch(() => undefined);
      await executor?.[Symbol.asyncDispose]();
    }
  }

  #executorOf(environment: EnvironmentSettings): Promise<Executor> {
    let executor = this.#executors.get(environment.slug);
    if (executor === undefined) {
      executor = openExecutor(environment, this.#settings, this.#project, this.#projectId);
      this.#executors.set(environment.slug, executor);
      // The next execution tries again: a daemon may have been started meanwhile.
      executor.catch(() => this.#executors.delete(environment.slug));
    }
    return executor;
  }
}
