import { basename, dirname } from "node:path";
import type { ConfigResult } from "../../config/index.ts";

/** A configuration with everything that can be said of it. */
export interface LintedConfig {
  readonly kind: "configuration";
  /** As the user named it. */
  readonly file: string;
  readonly text: string;
  readonly result: ConfigResult;
}

/** Checks a file and the folder around it, as they lie on the disk. Throws HR_CONFIG_UNREADABLE. */
export async function lintFile(path: string, shownFile: string): Promise<LintedConfig> {
  const [{ lintCode }, { folderView }] = await Promise.all([import("./lint-code.ts"), import("./folder-view.ts")]);
  return await lintCode({ view: folderView(dirname(path)), configPath: basename(path), shownFile });
}
