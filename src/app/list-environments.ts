import type { EnvironmentView } from "../api/index.ts";
import type { ExecutorHealth } from "../executors/index.ts";
import type { EnvironmentSettings, Settings } from "../settings/index.ts";
import { openExecutor } from "./open-executor.ts";
import type { ProjectResources } from "./project-resources.ts";

/** Every environment, with whether it could run a step now. All are asked at once: the slowest one decides how long it takes. */
export async function listEnvironments(settings: Settings, project: ProjectResources): Promise<readonly EnvironmentView[]> {
  return await Promise.all(
    settings.environments.map(async (environment) => viewOf(environment, settings, await healthOf(environment, project))),
  );
}

async function healthOf(environment: EnvironmentSettings, project: ProjectResources): Promise<ExecutorHealth> {
  try {
    await using executor = await openExecutor(environment, project);
    return await executor.health();
  } catch (error) {
    return { healthy: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function viewOf(environment: EnvironmentSettings, { defaultEnvironment }: Settings, health: ExecutorHealth): EnvironmentView {
  const { slug, name, executor, concurrency, image } = environment;
  return {
    slug,
    name,
    executor,
    healthy: health.healthy,
    reason: health.healthy ? null : health.reason,
    hint: health.healthy ? null : (health.hint ?? null),
    details: health.healthy ? health.details : {},
    default: slug === defaultEnvironment,
    concurrency: concurrency ?? null,
    image: image ?? null,
  };
}
