import { accessSync, constants, mkdirSync, realpathSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { HeadraceError, systemErrorCode } from "../../errors.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** The folder of an environment: for the step, and on the disk. In a sandbox these differ. */
export interface EnvironmentPlace {
  readonly path: string;
  readonly source: string;
}

/** Written last: without it a folder is what a crash left of a build. */
export const COMPLETE = ".headrace-complete";

/** Stands beside the environments: what installers have downloaded for any of them. */
export const DOWNLOADS = "downloads";

/**
 * Virtual environments hold their own path in scripts and settings. In a sandbox every one stands below this folder, so
 * that it works wherever the cache lies on the disk: at a long path, at one with blanks or colons, on another disk
 * tomorrow.
 */
const IN_VIEW = "/.headrace/environments";

/** Names of folders, and so part of the first line of each script, which the kernel wants short. */
export function environmentId(hash: string): string {
  return hash.slice(0, 32);
}

export function environmentPlace(folder: string, hash: string, isBoxed: boolean): EnvironmentPlace {
  const source = join(folder, environmentId(hash));
  return { path: isBoxed ? join(IN_VIEW, environmentId(hash)) : source, source };
}

/** Returns the text that stands in the hash for the paths in an environment. */
export function baseOfPaths(folder: string, isBoxed: boolean): string {
  return isBoxed ? IN_VIEW : folder;
}

/**
 * The folder of all Python environments of a user, which his projects share: `HEADRACE_PYTHON_ENVIRONMENTS`, else in
 * his cache folder. If neither can be written, each project keeps its own, in its state folder.
 */
export function environmentsFolder(base: Variables, home: string | undefined, stateFolder: string): string {
  const named = base.HEADRACE_PYTHON_ENVIRONMENTS;
  if (named !== undefined && named !== "") {
    const made = isAbsolute(named) ? makeFolder(named) : undefined;
    if (made !== undefined) return made;
    throw new HeadraceError("HR_PYTHON_ENVIRONMENT", `the folder ${named} for Python environments cannot be written`, {
      hint: "HEADRACE_PYTHON_ENVIRONMENTS has to name a folder by its absolute path that you may write to",
    });
  }
  const cache = isAbsolute(base.XDG_CACHE_HOME ?? "")
    ? base.XDG_CACHE_HOME
    : home === undefined
      ? undefined
      : join(home, ".cache");
  const shared = cache === undefined ? undefined : makeFolder(join(cache, "headrace/python"));
  if (shared !== undefined) return shared;
  const own = join(stateFolder, "environments");
  mkdirSync(own, { recursive: true });
  return realpathSync.native(own);
}

/** Its real path; undefined where it cannot be made or written. */
function makeFolder(path: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK | constants.X_OK);
    return realpathSync.native(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
