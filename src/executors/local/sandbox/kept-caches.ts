import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { systemErrorCode } from "../../../errors.ts";

/** What stays from step to step. */
export interface KeptCaches {
  /** The cache folder and where it stands in a step's view; undefined where there is none to be had. */
  readonly cache: { readonly path: string; readonly source: string } | undefined;
  /** Further caches, each a folder of `source`, and the paths below the home that lead to them. */
  readonly others: { readonly source: string; readonly links: Readonly<Record<string, string>> } | undefined;
}

/**
 * What well-known programs download or compute anew when it is gone, by names of one part. Everything else in a step's home goes with the
 * step: settings that one step makes (`git config --global`, `~/.keras/keras.json`) or code that it installs must not change what another does.
 */
const CACHES: Readonly<Record<string, string>> = {
  ".cargo/git": "cargo-git",
  ".cargo/registry": "cargo-registry",
  ".keras/datasets": "keras-datasets",
  ".keras/models": "keras-models",
  ".npm": "npm",
  ".triton/cache": "triton",
  "go/pkg/mod": "go-modules",
  nltk_data: "nltk-data",
  scikit_learn_data: "scikit-learn-data",
  tensorflow_datasets: "tensorflow-datasets",
};

/**
 * The caches of the project's steps, below `folder`. The user's own `~/.cache` is none of them: it is full of programs that run outside of any
 * sandbox (shells source files from there; uv and pre-commit keep environments in it). All places come from Headrace's own environment, never
 * from the step's variables: with these a stranger's valohai.yaml could have any folder made writable.
 */
export function keptCaches(base: Readonly<Record<string, string>>, home: string | undefined, folder: string): KeptCaches {
  const path = absolute(base.XDG_CACHE_HOME) ?? (home === undefined ? undefined : join(home, ".cache"));
  const source = absolute(base.HEADRACE_STEP_CACHE) ?? join(folder, "cache");
  const others = join(folder, "others");
  return {
    cache: path !== undefined && make(source) ? { path, source: realpathSync.native(source) } : undefined,
    // By names of one part: of a longer one, a step could make the first a link, and a folder would be made wherever that leads.
    others:
      home !== undefined && Object.values(CACHES).every((name) => make(join(others, name))) ? { source: others, links: CACHES } : undefined,
  };
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function make(folder: string): boolean {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || code === "ENOSPC" || code === "EDQUOT") throw error;
    return false;
  }
}
