import { join, relative, resolve } from "node:path";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import { formatDiagnostics } from "../../config/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { ExecutorKinds } from "../../executors/index.ts";
import { INSTALLED_KINDS } from "../../executors/kinds.ts";
import { homeFolder } from "../../home-folders.ts";
import { mergeSettings, parseSettings, type Settings, type SettingsPart } from "../../settings/index.ts";
import type { FolderLocation } from "./project-location.ts";

const FILE_NAME = "headrace.config.yaml";

/** Settings with the kinds of executors that they were read for. */
export interface InstalledSettings extends Settings {
  readonly kinds: ExecutorKinds;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Returns the installation's settings. `HEADRACE_CONFIG` names the one file that counts; else the project's file is
 * laid over the user's. No file is needed. Throws HR_CONFIG_INVALID with every problem of a file, and
 * HR_CONFIG_UNREADABLE.
 */
export function loadSettings(
  location: Pick<FolderLocation, "root">,
  env: Variables,
  kinds: ExecutorKinds = INSTALLED_KINDS,
): InstalledSettings {
  return { ...mergeSettings(readParts(location, env, kinds), kinds.forms), kinds };
}

/** Returns a server's settings: the file that `HEADRACE_CONFIG` names, else the one in its home; none is needed. */
export function loadHomeSettings(
  folder: string,
  env: Variables,
  kinds: ExecutorKinds = INSTALLED_KINDS,
): InstalledSettings {
  const named = env.HEADRACE_CONFIG?.trim();
  const isNamed = named !== undefined && named !== "";
  const part = readPart(isNamed ? resolve(named) : join(folder, FILE_NAME), isNamed ? "required" : "optional", kinds);
  return { ...mergeSettings([part], kinds.forms), kinds };
}

function readParts(
  location: Pick<FolderLocation, "root">,
  env: Variables,
  kinds: ExecutorKinds,
): readonly SettingsPart[] {
  const named = env.HEADRACE_CONFIG?.trim();
  if (named !== undefined && named !== "") return [readPart(resolve(named), "required", kinds)];
  const user = readPart(userSettingsFile(env), "optional", kinds);
  const projectFile = join(location.root, FILE_NAME);
  const project = readPart(projectFile, "optional", kinds);
  refuseGrants(projectFile, project, user, location.root, env);
  return [project, user];
}

/** `$XDG_CONFIG_HOME/headrace/headrace.config.yaml` or the same below `~/.config`. */
export function userSettingsFile(env: Variables): string {
  const base =
    env.XDG_CONFIG_HOME?.startsWith("/") === true ? env.XDG_CONFIG_HOME : join(homeFolder(env) ?? "/", ".config");
  return join(base, "headrace", FILE_NAME);
}

const NOTHING: SettingsPart = { environments: [], trust: [], grants: [] };

function readPart(file: string, need: "required" | "optional", kinds: ExecutorKinds): SettingsPart {
  const shown = shownName(file);
  let bytes: Uint8Array;
  try {
    bytes = readBounded(file, WRITTEN_BY_HAND_BYTES);
  } catch (error) {
    const code = systemErrorCode(error);
    if (need === "optional" && (code === "ENOENT" || code === "ENOTDIR")) return NOTHING;
    throw new HeadraceError("HR_CONFIG_UNREADABLE", `${shown} cannot be read (${code ?? "unknown error"})`, {
      hint:
        need === "required"
          ? "check HEADRACE_CONFIG, which names it"
          : "check that it is a file and that you may read it",
      cause: error,
    });
  }
  const { settings, diagnostics } = parseSettings({ file: shown, text: bytes }, kinds.forms);
  if (settings !== undefined) return settings;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  throw new HeadraceError(
    "HR_CONFIG_INVALID",
    `${shown} has ${errors.length === 1 ? "an error" : `${errors.length} errors`}`,
    {
      details: formatDiagnostics(errors, new TextDecoder().decode(bytes), { color: false }).trimEnd().split("\n"),
      hint: [{ do: "read-manual", page: "environments" }, " describes the file"],
    },
  );
}

function refuseGrants(file: string, project: SettingsPart, user: SettingsPart, root: string, env: Variables): void {
  if (project.grants.length === 0 || isTrusted(root, user.trust, homeFolder(env) ?? "/")) return;
  const [first] = project.grants;
  const what = project.grants.length === 1 ? first : `${first} and ${project.grants.length - 1} more`;
  throw new HeadraceError(
    "HR_CONFIG_INVALID",
    `${shownName(file)} grants steps more than a project's own file may: ${what}`,
    {
      details: project.grants,
      hint: `name the file with HEADRACE_CONFIG, or write \`trust: [${root}]\` in ${userSettingsFile(env)}, if you trust whoever wrote this project`,
    },
  );
}

function isTrusted(root: string, trust: readonly string[], home: string): boolean {
  return trust.some((folder) => {
    const path = relative(folder.startsWith("~/") ? join(home, folder.slice(2)) : folder, root);
    return path === "" || !(path === ".." || path.startsWith("../"));
  });
}

/** As a user in the current folder would write it. */
function shownName(file: string): string {
  const shown = relative(process.cwd(), file);
  return shown === "" || shown.startsWith("..") ? file : shown;
}
