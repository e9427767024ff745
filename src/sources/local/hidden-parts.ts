import { existsSync, realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseShown } from "../../credential-places.ts";
import { homeFolders } from "../../home-folders.ts";

/**
 * Folders that the kernel or daemons fill for this machine's processes, with their variables and secrets; and what in
 * them is data nevertheless.
 */
const OF_PROCESSES = ["/proc", "/sys", "/run", "/dev"];
const DATA = ["/run/media", "/dev/shm"];

/** Other users have their homes here. */
const OF_HOMES = ["/home", "/root"];

export interface HiddenPartsOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly projectRoot: string;
}

/**
 * Tells of a real path which file or folder of it steps do not see unless the user shows it (`HEADRACE_STEPS_SEE`);
 * undefined where they may have it. Homes are closed to steps since no list of secret places can be complete
 * (executors/local/sandbox). Data may lie in a home and be an input; what is hidden there, as programs keep their
 * logins, may not, save that the project's own files are the project's.
 */
export class HiddenParts {
  readonly #homes: readonly string[];
  readonly #project: string | undefined;
  readonly #shown: readonly string[];

  constructor({ environment, projectRoot }: HiddenPartsOptions) {
    const homes = homeFolders(environment.HOME);
    this.#homes = [...new Set([...OF_HOMES.flatMap(realPath), ...homes])].filter((home) => home !== "/");
    const project = realPath(projectRoot)[0];
    this.#project = project !== undefined && !this.#homes.some((home) => isWithin(home, project)) ? project : undefined;
    const named = parseShown(environment.HEADRACE_STEPS_SEE);
    this.#shown = named
      .flatMap((name) => (name.startsWith("/") ? [name] : homes.map((home) => join(home, name))))
      .flatMap(realPath);
  }

  /** The first part of the path that is hidden. */
  of(real: string): string | undefined {
    if (this.#shown.some((shown) => isWithin(real, shown))) return undefined;
    const ofProcesses = OF_PROCESSES.find((folder) => isWithin(real, folder));
    if (ofProcesses !== undefined) return DATA.some((folder) => isWithin(real, folder)) ? undefined : ofProcesses;
    if (this.#project !== undefined && isWithin(real, this.#project)) return undefined;
    const home = this.#homes.find((folder) => isWithin(real, folder));
    if (home === undefined) return undefined;
    const parts = relative(home, real).split(sep);
    const hidden = parts.findIndex((part) => part.startsWith("."));
    return hidden === -1 ? undefined : join(home, ...parts.slice(0, hidden + 1));
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === sep ? sep : folder + sep);
}

/** Nothing where it is not there, or not for this user. */
function realPath(path: string): readonly string[] {
  try {
    return existsSync(path) ? [realpathSync.native(path)] : [];
  } catch {
    return [];
  }
}
