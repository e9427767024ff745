import { accessSync, constants } from "node:fs";
import { hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import { homeFolder } from "../../home-folders.ts";
import { makeFolder } from "../../make-folder.ts";
import type { Variables } from "./installation.ts";
import { processSpace } from "./own-identity.ts";
import { cacheFolder } from "./state-folder.ts";

/** The place of a process on its machine. */
export interface MachinePlace {
  readonly env: Variables;
  readonly stateFolder: string;
}

/**
 * Returns the folder in which the steps of all of the user's projects stand in line for this machine; those of one
 * project, if the user's cache folder cannot be written. A home folder may be shared by machines, and by containers
 * that number their processes by themselves: each has a line of its own.
 */
export function slotQueueFolder(place: MachinePlace): string {
  return ofAllProjects("line", place.env) ?? join(cacheFolder(place), nameHere("line"));
}

/**
 * The folder that tells which steps of all of the user's projects run on this machine; undefined where the user's cache
 * folder cannot be written.
 */
export function runningStepsFolder(env: Variables): string | undefined {
  return ofAllProjects("steps-running", env);
}

function nameHere(kind: string): string {
  const space = /\d+/.exec(processSpace())?.[0] ?? "0";
  return join(kind, `${encodeURIComponent(hostname())}-${space}`);
}

function ofAllProjects(kind: string, env: Variables): string | undefined {
  return userCacheFolder(nameHere(kind), env);
}

/** A folder in the user's cache; undefined where that cannot be written. */
export function userCacheFolder(name: string, env: Variables): string | undefined {
  const home = homeFolder(env);
  const named = env.XDG_CACHE_HOME !== undefined && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : undefined;
  const cache = named ?? (home === undefined ? undefined : join(home, ".cache"));
  if (cache === undefined) return undefined;
  const shared = join(cache, "headrace", name);
  try {
    makeFolder(shared, 0o700);
    accessSync(shared, constants.W_OK);
    return shared;
  } catch {
    return undefined;
  }
}
