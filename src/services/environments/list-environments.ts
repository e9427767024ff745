import { inPlainWords, partsOf } from "../../advice.ts";
import type { EnvironmentView } from "../../api/index.ts";
import type { ExecutorHealth } from "../../executors/index.ts";
import type { EnvironmentSettings, Settings } from "../../settings/index.ts";
import type { Context } from "../context.ts";
import type { InstalledSettings } from "../installation/load-settings.ts";
import { openExecutor } from "../installation/open-executor.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/**
 * Every environment, with whether it could run a step now. All are asked at once: the slowest one decides how long it
 * takes.
 */
export async function listEnvironments({ project }: Context): Promise<readonly EnvironmentView[]> {
  const settings = await project.settings();
  return await Promise.all(
    settings.environments.map((environment) => describeEnvironment(environment, settings, project)),
  );
}

/** One of the environments of the settings, with whether it could run a step now. */
export async function describeEnvironment(
  environment: EnvironmentSettings,
  settings: InstalledSettings,
  project: ProjectResources,
): Promise<EnvironmentView> {
  return viewOf(environment, settings, await healthOf(environment, settings, project));
}

async function healthOf(
  environment: EnvironmentSettings,
  settings: InstalledSettings,
  project: ProjectResources,
): Promise<ExecutorHealth> {
  try {
    await using executor = await openExecutor(environment, settings, project);
    return await executor.health();
  } catch (error) {
    return { healthy: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function viewOf(
  environment: EnvironmentSettings,
  { defaultEnvironment }: Settings,
  health: ExecutorHealth,
): EnvironmentView {
  const { slug, name, executor, concurrency, image } = environment;
  const hint = health.healthy ? undefined : health.hint;
  return {
    slug,
    name,
    executor,
    healthy: health.healthy,
    reason: health.healthy ? null : health.reason,
    hint: hint === undefined ? null : inPlainWords(hint),
    advice: hint === undefined ? [] : partsOf(hint),
    details: health.healthy ? health.details : {},
    default: slug === defaultEnvironment,
    concurrency: concurrency ?? null,
    image: image ?? null,
  };
}
