import { lstatSync, realpathSync } from "node:fs";
import { homeFolders } from "../../../home-folders.ts";
import { isWithin } from "./paths.ts";

/** The folders where homes usually stand. */
const OF_HOMES = ["/home", "/root"];

/** A home that is one of these (service users have such) holds what everyone needs to run. */
const OF_THE_SYSTEM = [
  "/bin",
  "/sbin",
  "/usr",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/etc",
  "/proc",
  "/sys",
  "/dev",
  "/run",
  "/boot",
];
const OF_MANY = ["/", "/var", "/var/lib", "/opt", "/srv", "/mnt", "/media", "/tmp", "/var/tmp", "/nix"];

/**
 * Folders of homes whose content no step sees, real paths, parents first: the user's, by whatever name, and the places
 * where others have theirs.
 */
export function closedHomes(home: string | undefined): readonly string[] {
  const usual = OF_HOMES.flatMap(realFolder);
  const homes = homeFolders(home).filter((path) => isRealFolder(path) && canBeClosed(path));
  return [...new Set([...usual, ...homes])].sort((a, b) => a.length - b.length);
}

/** Returns the folder of a step's own home: at the user's, by its real path; undefined if that is no place for one. */
export function stepHome(home: string | undefined): string | undefined {
  if (home === undefined) return undefined;
  const [real] = homeFolders(home);
  return real !== undefined && isRealFolder(real) && canBeClosed(real) ? real : undefined;
}

function canBeClosed(path: string): boolean {
  return !OF_MANY.includes(path) && !OF_THE_SYSTEM.some((folder) => isWithin(path, folder));
}

/** The folder itself, or that to which a link leads. */
function realFolder(path: string): readonly string[] {
  try {
    const real = realpathSync.native(path);
    return isRealFolder(real) ? [real] : [];
  } catch {
    return [];
  }
}

/** A folder, not a link to one, that this user can see. */
export function isRealFolder(path: string): boolean {
  if (!path.startsWith("/")) return false;
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}
