import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import { processSpace } from "./own-identity.ts";
import type { ProjectLocation } from "./project.ts";
import { cacheFolder } from "./state-folder.ts";

/**
 * Where the steps of all of the user's projects stand in line for this machine; those of one project, where the user's cache folder cannot be
 * written. A home folder may be shared by machines, and by containers that number their processes by themselves: each has a line of its own.
 */
export function machineLine(location: ProjectLocation, env: NodeJS.ProcessEnv): string {
  const space = /\d+/.exec(processSpace())?.[0] ?? "0";
  const name = join("line", `${encodeURIComponent(hostname())}-${space}`);
  const cache = env.XDG_CACHE_HOME !== undefined && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(homedir(), ".cache");
  const shared = join(cache, "headrace", name);
  try {
    mkdirSync(shared, { recursive: true, mode: 0o700 });
    accessSync(shared, constants.W_OK);
    return shared;
  } catch {
    return join(cacheFolder(location), name);
  }
}
