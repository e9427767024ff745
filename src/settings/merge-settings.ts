import type { SettingsPart } from "./parse-settings.ts";
import type { EnvironmentSettings, Settings } from "./settings.ts";

/** Merges files, the strongest first: a key of a stronger file replaces that of a weaker one, and so does an environment of the same slug. */
export function mergeSettings(parts: readonly SettingsPart[]): Settings {
  const environments = new Map<string, EnvironmentSettings>();
  for (const environment of [...parts.flatMap((part) => part.environments), ...BUILT_IN]) {
    if (!environments.has(environment.slug)) environments.set(environment.slug, environment);
  }
  const defaultEnvironment = firstOf(parts, "defaultEnvironment");
  const concurrency = firstOf(parts, "concurrency");
  return {
    environments: [...environments.values()],
    retention: firstOf(parts, "retention") ?? {},
    ...(defaultEnvironment === undefined ? {} : { defaultEnvironment }),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}

/** What every installation has. */
export const BUILT_IN: readonly EnvironmentSettings[] = [
  {
    slug: "local",
    name: "This machine",
    executor: "local",
    local: { shows: [] },
    limits: {},
    mounts: [],
    variables: {},
    isConfigured: false,
  },
  {
    slug: "docker",
    name: "Containers on this machine",
    executor: "docker",
    docker: { pull: "missing", user: "auto", allowMounts: [] },
    limits: {},
    mounts: [],
    variables: {},
    isConfigured: false,
  },
];

function firstOf<Key extends keyof SettingsPart>(parts: readonly SettingsPart[], key: Key): SettingsPart[Key] | undefined {
  return parts.find((part) => part[key] !== undefined)?.[key];
}
