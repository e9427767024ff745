import { type EnvironmentSource, type SettingsSource, sandboxOf } from "./schema.ts";

/**
 * Where a file grants steps more than what is safe for a stranger's code. A project's own headrace.config.yaml may not do so unless the
 * user trusts the folder: it comes with the repository, so that whoever wrote the repository would give leave to himself.
 */
export function grantsOf(source: SettingsSource): readonly string[] {
  const grants = Object.entries(source.environments ?? {}).flatMap(([slug, environment]) =>
    grantsOfEnvironment(environment).map((what) => `environments.${slug}.${what}`),
  );
  return source.trust === undefined ? grants : [...grants, "trust"];
}

function grantsOfEnvironment(environment: EnvironmentSource): readonly string[] {
  const { executor, mounts, local, docker, slurm } = environment;
  const grants: string[] = [];
  if ((mounts ?? []).length > 0) grants.push("mounts");
  if (sandboxOf(environment) === "off") grants.push("local.sandbox");
  if ((local?.shows ?? []).length > 0) grants.push("local.shows");
  if (docker?.host !== undefined) grants.push("docker.host");
  if (docker?.network !== undefined && docker.network !== "none" && docker.network !== "bridge") grants.push("docker.network");
  if (docker?.user !== undefined && docker.user !== "auto") grants.push("docker.user");
  if ((docker?.["allow-mounts"] ?? []).length > 0) grants.push("docker.allow-mounts");
  // Steps on a cluster run without a sandbox, as the user.
  if (executor === "slurm" || slurm !== undefined) grants.push("slurm");
  return grants;
}
