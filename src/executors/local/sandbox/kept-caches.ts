import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";
import { makeFolders } from "./make-folders.ts";

/** The cache folder, which stays from step to step. */
export interface KeptCaches {
  /** The path where it stands in a step's view. */
  readonly path: string;
  readonly source: string;
  /** Paths below the home that lead to folders of it, by the folders' names. */
  readonly links: Readonly<Record<string, string>>;
}

/**
 * Folders of downloads that well-known programs fetch again when they are gone, and which no variable
 * (step-environment.ts) places in the cache folder. Everything else in a step's home goes with the step: settings that
 * one step makes (`git config --global`, `~/.keras/keras.json`) or code that it installs must not change what another
 * does.
 */
const LINKS: Readonly<Record<string, string>> = {
  ".cargo/git": "cargo-git",
  ".cargo/registry": "cargo-registry",
  ".keras/datasets": "keras-datasets",
  ".keras/models": "keras-models",
  nltk_data: "nltk-data",
};

/**
 * The caches of the project's steps, below `folder`; undefined where they cannot be had. The user's own `~/.cache` is
 * none of them: it is full of programs that run outside of any sandbox (shells source files from there; uv and
 * pre-commit keep environments in it). All places come from Headrace's own environment, never from the step's
 * variables: with these a stranger's valohai.yaml could have any folder made writable.
 */
export function keptCaches(
  base: Readonly<Record<string, string>>,
  home: string | undefined,
  folder: string,
): KeptCaches | undefined {
  const path = absolute(base.XDG_CACHE_HOME) ?? (home === undefined ? undefined : join(home, ".cache"));
  const own = join(folder, "cache");
  const source = absolute(base.HEADRACE_STEP_CACHE) ?? own;
  if (path === undefined || !make(source) || (source === own && !isOwn(own))) return undefined;
  // Names of one part: a step could make the first part of a longer one a link, and a folder would be made wherever
  // that leads.
  const links = Object.entries(home === undefined ? {} : LINKS).filter(([, name]) => make(join(source, name)));
  return { path, source: realpathSync.native(source), links: Object.fromEntries(links) };
}

/**
 * Steps write there. If the project came as an archive, records included, its sender may have put a link in the place
 * of the folder, or of the one around it.
 */
function isOwn(source: string): boolean {
  const around = dirname(source);
  return realpathSync.native(source) === join(realpathSync.native(dirname(around)), basename(around), basename(source));
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function make(folder: string): boolean {
  try {
    makeFolders(folder);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || code === "ENOSPC" || code === "EDQUOT") throw error;
    return false;
  }
}
