import {
  buildMount,
  type ConfigSource,
  type Diagnostic,
  type DocumentProblem,
  parseDocument,
} from "../config/index.ts";
import { grantsOf } from "./grants.ts";
import type { ListedForm } from "./kind-form.ts";
import { type EnvironmentSource, ownOf, type SettingsSource, settingsSchema } from "./schema.ts";
import type { EnvironmentSettings, RetentionSettings } from "./settings.ts";
import { durationProblem, notAbsolute, secondsOf } from "./value-rules.ts";

/** The content of one file; several are merged (merge-settings.ts). */
export interface SettingsPart {
  readonly environments: readonly EnvironmentSettings[];
  readonly defaultEnvironment?: string;
  readonly concurrency?: number;
  readonly retention?: RetentionSettings;
  /** Folders whose projects may grant more than usual. */
  readonly trust: readonly string[];
  /** The places where the file grants steps more than a stranger's project should: JSON paths in words. */
  readonly grants: readonly string[];
}

/**
 * Reads one headrace.config.yaml: all problems at once, and its content when there are none. `forms` are those of the
 * kinds of executors that the installation has.
 */
export function parseSettings(
  source: ConfigSource,
  forms: readonly ListedForm[],
): {
  readonly settings?: SettingsPart;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { value, diagnostics } = parseDocument(source, settingsSchema(forms), (found) => problemsOf(found, forms));
  return value === undefined ? { diagnostics } : { settings: partOf(value, forms), diagnostics };
}

const SLUG = /^[a-z0-9][a-z0-9._-]{0,62}$/;

function problemsOf(source: SettingsSource, forms: readonly ListedForm[]): readonly DocumentProblem[] {
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
    problems.push(...forms.flatMap((form) => kindProblems(environment, form, path)));
  }
  for (const [index, folder] of (source.trust ?? []).entries()) {
    if (!folder.startsWith("/") && !folder.startsWith("~/"))
      problems.push({ path: ["trust", index], message: notAbsolute(folder) });
  }
  const keepFor = durationProblem(source.retention?.["keep-for"], ["retention", "keep-for"]);
  return keepFor === undefined ? problems : [...problems, keepFor];
}

/** The problems that an environment has by what it says, or does not say, of one kind of executor. */
function kindProblems(
  environment: EnvironmentSource,
  { name, needed, problems }: ListedForm,
  path: readonly string[],
): readonly DocumentProblem[] {
  const { executor } = environment;
  const own = ownOf(environment, name);
  if (executor === name && own === undefined) return needed === undefined ? [] : [{ path, message: needed }];
  const found = problems(own).map((problem) => ({ ...problem, path: [...path, name, ...problem.path] }));
  if (executor === name || own === undefined) return found;
  const message = `\`${name}\` stands in an environment whose executor is ${executor}`;
  const hint = `write \`executor: ${name}\`, or take these settings out`;
  return [{ path: [...path, name], message, hint }, ...found];
}

function partOf(source: SettingsSource, forms: readonly ListedForm[]): SettingsPart {
  const { concurrency, retention } = source;
  const keepForS = secondsOf(retention?.["keep-for"]);
  const keepRuns = retention?.["keep-runs"];
  return {
    environments: Object.entries(source.environments ?? {}).map(([slug, environment]) =>
      environmentOf(slug, environment, forms),
    ),
    trust: source.trust ?? [],
    grants: grantsOf(source, forms),
    ...(source["default-environment"] === undefined ? {} : { defaultEnvironment: source["default-environment"] }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(retention === undefined
      ? {}
      : {
          retention: {
            ...(keepRuns === undefined ? {} : { keepRuns }),
            ...(keepForS === undefined ? {} : { keepForS }),
          },
        }),
  };
}

function environmentOf(slug: string, source: EnvironmentSource, forms: readonly ListedForm[]): EnvironmentSettings {
  const { cpu, memory, devices } = source.limits ?? {};
  const { executor } = source;
  return {
    slug,
    name: source.name ?? slug,
    executor,
    own: forms.find(({ name }) => name === executor)?.read(ownOf(source, executor)),
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
    ...(source["price-per-hour"] === undefined ? {} : { pricePerHour: source["price-per-hour"] }),
  };
}
