import { homedir, hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import { processSpace } from "./own-identity.ts";

/**
 * Where the steps of all of the user's projects stand in line for this machine. A home folder may be shared by machines, and by
 * containers that number their processes by themselves: each has a line of its own.
 */
export function machineLine(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME !== undefined && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(homedir(), ".cache");
  const space = /\d+/.exec(processSpace())?.[0] ?? "0";
  return join(cache, "headrace", "line", `${encodeURIComponent(hostname())}-${space}`);
}
