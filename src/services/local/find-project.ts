import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { HeadraceError } from "../../errors.ts";
import { CONFIG_NAMES } from "../configuration/config-names.ts";
import type { FolderLocation } from "../installation/project-location.ts";

const STATE_FOLDER = ".headrace";

/**
 * Finds the project of a folder: the nearest configuration file upwards, or the one that `config` names.
 * Throws HR_CONFIG_NOT_FOUND.
 */
export function findProject(options: { readonly cwd: string; readonly config?: string }): FolderLocation {
  const configFile =
    options.config === undefined ? searchUpwards(options.cwd) : namedConfig(options.cwd, options.config);
  const root = dirname(configFile);
  return { root, configFile, stateFolder: join(root, STATE_FOLDER) };
}

function namedConfig(cwd: string, config: string): string {
  const path = isAbsolute(config) ? config : resolve(cwd, config);
  if (!existsSync(path)) {
    throw new HeadraceError("HR_CONFIG_NOT_FOUND", `there is no configuration file ${config}`, {
      hint: ["check the path given with ", { do: "set", option: "config" }],
    });
  }
  if (!statSync(path).isFile()) {
    throw new HeadraceError("HR_CONFIG_NOT_FOUND", `${config} is no file`, {
      hint: "name the YAML file itself, e.g. valohai.yaml",
    });
  }
  return path;
}

function searchUpwards(cwd: string): string {
  if (!existsSync(cwd)) {
    throw new HeadraceError("HR_CONFIG_NOT_FOUND", `there is no folder ${cwd}`, {
      hint: ["check the path given with ", { do: "set", option: "project" }],
    });
  }
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    for (const name of CONFIG_NAMES) {
      const path = join(folder, name);
      if (existsSync(path)) return path;
    }
    if (folder === dirname(folder)) break;
  }
  throw new HeadraceError("HR_CONFIG_NOT_FOUND", `no valohai.yaml or headrace.yaml in ${cwd} or any folder above it`, {
    hint: [{ do: "start-project" }, " starts a project here; or name the file with ", { do: "set", option: "config" }],
  });
}
