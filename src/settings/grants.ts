import type { ListedForm } from "./kind-form.ts";
import { type EnvironmentSource, ownOf, type SettingsSource } from "./schema.ts";

/**
 * Lists where a file grants steps more than what is safe for a stranger's code. A project's own headrace.config.yaml
 * may not do so unless the user trusts the folder: it comes with the repository, so that whoever wrote the repository
 * would grant it to himself.
 */
export function grantsOf(source: SettingsSource, forms: readonly ListedForm[]): readonly string[] {
  const grants = Object.entries(source.environments ?? {}).flatMap(([slug, environment]) =>
    grantsOfEnvironment(environment, forms).map((what) => `environments.${slug}.${what}`),
  );
  return source.trust === undefined ? grants : [...grants, "trust"];
}

function grantsOfEnvironment(environment: EnvironmentSource, forms: readonly ListedForm[]): readonly string[] {
  const own = forms
    .filter(({ name }) => name === environment.executor)
    .flatMap(({ name, grants }) => grants(ownOf(environment, name)));
  return (environment.mounts ?? []).length > 0 ? ["mounts", ...own] : own;
}
