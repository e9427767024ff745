import { buildMount, type ConfigSource, type Diagnostic, type DocumentProblem, parseDocument, parseDuration } from "../config/index.ts";
import { grantsOf } from "./grants.ts";
import { type EnvironmentSource, type SettingsSource, sandboxOf, settingsSchema } from "./schema.ts";
import type { EnvironmentSettings, RetentionSettings } from "./settings.ts";

/** What one file says; several are merged (merge-settings.ts). */
export interface SettingsPart {
  readonly environments: readonly EnvironmentSettings[];
  readonly defaultEnvironment?: string;
  readonly concurrency?: number;
  readonly retention?: RetentionSettings;
  /** Folders whose projects may grant more than usual. */
  readonly trust: readonly string[];
  /** Where the file grants steps more than a stranger's project should: JSON paths in words. */
  readonly grants: readonly string[];
}

/** Reads one headrace.config.yaml: all problems at once, and its content when there are none. */
export function parseSettings(source: ConfigSource): { readonly settings?: SettingsPart; readonly diagnostics: readonly Diagnostic[] } {
  const { value, diagnostics } = parseDocument(source, settingsSchema, problemsOf);
  return value === undefined ? { diagnostics } : { settings: partOf(value), diagnostics };
}

const SLUG = /^[a-z0-9][a-z0-9._-]{0,62}$/;

function problemsOf(source: SettingsSource): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  for (const [slug, environment] of Object.entries(source.environments ?? {})) {
    const path = ["environments", slug];
    if (!SLUG.test(slug)) {
      const message = `\`${slug}\` cannot be the slug of an environment`;
      problems.push({
        path,
        message,
        hint: "use lower-case letters, digits, dots, dashes and underscores, and put the full name in `name`",
      });
    }
    problems.push(...executorProblems(environment, path));
    for (const [index, folder] of (environment.docker?.["allow-mounts"] ?? []).entries()) {
      if (!folder.startsWith("/")) problems.push({ path: [...path, "docker", "allow-mounts", index], message: notAbsolute(folder) });
    }
  }
  for (const [slug, { local }] of Object.entries(source.environments ?? {}))
    for (const [index, place] of (local?.shows ?? []).entries())
      if (!/^(\/|~\/)/.test(place)) problems.push({ path: ["environments", slug, "local", "shows", index], message: notAbsolute(place) });
  for (const [index, folder] of (source.trust ?? []).entries()) {
    if (!folder.startsWith("/") && !folder.startsWith("~/")) problems.push({ path: ["trust", index], message: notAbsolute(folder) });
  }
  const keepFor = durationProblem(source.retention?.["keep-for"], ["retention", "keep-for"]);
  return keepFor === undefined ? problems : [...problems, keepFor];
}

function executorProblems(environment: EnvironmentSource, path: readonly string[]): DocumentProblem[] {
  const { executor, slurm } = environment;
  const problems: DocumentProblem[] = (["local", "docker", "slurm"] as const)
    .filter((kind) => kind !== executor && environment[kind] !== undefined)
    .map((kind) => ({
      path: [...path, kind],
      message: `\`${kind}\` stands in an environment whose executor is ${executor}`,
      hint: `write \`executor: ${kind}\`, or take these settings out`,
    }));
  if (executor === "slurm" && slurm === undefined) {
    problems.push({ path, message: "an environment on a Slurm cluster needs `slurm` with a `work-folder` that all nodes see" });
  }
  const work = slurm?.["work-folder"];
  if (work !== undefined && !work.startsWith("/")) problems.push({ path: [...path, "slurm", "work-folder"], message: notAbsolute(work) });
  const poll = durationProblem(slurm?.["poll-interval"], [...path, "slurm", "poll-interval"]);
  return poll === undefined ? problems : [...problems, poll];
}

function notAbsolute(folder: string): string {
  return `\`${folder}\` has to be an absolute path`;
}

function durationProblem(value: string | number | undefined, path: readonly string[]): DocumentProblem | undefined {
  const result = parseDuration(value);
  return result.ok ? undefined : { path, message: result.message };
}

function secondsOf(value: string | number | undefined): number | undefined {
  const result = parseDuration(value);
  return result.ok ? result.seconds : undefined;
}

function partOf(source: SettingsSource): SettingsPart {
  const { concurrency, retention } = source;
  const keepForS = secondsOf(retention?.["keep-for"]);
  const keepRuns = retention?.["keep-runs"];
  return {
    environments: Object.entries(source.environments ?? {}).map(([slug, environment]) => environmentOf(slug, environment)),
    trust: source.trust ?? [],
    grants: grantsOf(source),
    ...(source["default-environment"] === undefined ? {} : { defaultEnvironment: source["default-environment"] }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(retention === undefined
      ? {}
      : { retention: { ...(keepRuns === undefined ? {} : { keepRuns }), ...(keepForS === undefined ? {} : { keepForS }) } }),
  };
}

function environmentOf(slug: string, source: EnvironmentSource): EnvironmentSettings {
  const { cpu, memory, devices } = source.limits ?? {};
  const common = {
    slug,
    name: source.name ?? slug,
    limits: {
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memoryMb: memory }),
      ...(devices === undefined ? {} : { devices }),
    },
    mounts: (source.mounts ?? []).map(buildMount),
    variables: source.variables ?? {},
    isConfigured: true,
    ...(source.concurrency === undefined ? {} : { concurrency: source.concurrency }),
    ...(source.image === undefined ? {} : { image: source.image }),
  };
  switch (source.executor) {
    case "local": {
      return { ...common, executor: "local", local: localOf(source) };
    }
    case "docker":
      return { ...common, executor: "docker", docker: dockerOf(source.docker ?? {}) };
    case "slurm":
      return { ...common, executor: "slurm", slurm: slurmOf(source.slurm) };
  }
}

function localOf(source: EnvironmentSource): Extract<EnvironmentSettings, { executor: "local" }>["local"] {
  const sandbox = sandboxOf(source);
  const { network, shows } = source.local ?? {};
  return {
    shows: shows ?? [],
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(network === undefined ? {} : { network }),
  };
}

function dockerOf(source: NonNullable<EnvironmentSource["docker"]>): Extract<EnvironmentSettings, { executor: "docker" }>["docker"] {
  const { host, network } = source;
  return {
    pull: source.pull ?? "missing",
    user: source.user ?? "auto",
    allowMounts: source["allow-mounts"] ?? [],
    ...(host === undefined ? {} : { host }),
    ...(network === undefined ? {} : { network }),
    ...(source["shm-size"] === undefined ? {} : { shmMb: source["shm-size"] }),
  };
}

const POLL_S = 2;

function slurmOf(source: EnvironmentSource["slurm"]): Extract<EnvironmentSettings, { executor: "slurm" }>["slurm"] {
  const { partition, account, qos, constraint, options, containers, programs } = source ?? {};
  return {
    workFolder: source?.["work-folder"] ?? "",
    options: options ?? [],
    pollS: secondsOf(source?.["poll-interval"]) ?? POLL_S,
    ...(partition === undefined ? {} : { partition }),
    ...(account === undefined ? {} : { account }),
    ...(qos === undefined ? {} : { qos }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(containers === undefined ? {} : { containers }),
    ...(programs === undefined ? {} : { programs }),
  };
}
