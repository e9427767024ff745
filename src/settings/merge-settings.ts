import { builtInEnvironments, type ListedForm } from "./kind-form.ts";
import type { SettingsPart } from "./parse-settings.ts";
import type { EnvironmentSettings, Settings } from "./settings.ts";

/**
 * Merges files, the strongest first: a key of a stronger file replaces that of a weaker one, and so does an environment
 * of the same slug. The environments that every installation has come last.
 */
export function mergeSettings(parts: readonly SettingsPart[], forms: readonly ListedForm[]): Settings {
  const environments = new Map<string, EnvironmentSettings>();
  for (const environment of [...parts.flatMap((part) => part.environments), ...builtInEnvironments(forms)]) {
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

function firstOf<Key extends keyof SettingsPart>(
  parts: readonly SettingsPart[],
  key: Key,
): SettingsPart[Key] | undefined {
  return parts.find((part) => part[key] !== undefined)?.[key];
}
