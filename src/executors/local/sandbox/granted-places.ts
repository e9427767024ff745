import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { homeFolders } from "../../../home-folders.ts";
import type { Shown } from "./installations.ts";

/**
 * Returns the places that the user shows to steps (`HEADRACE_STEPS_SEE`), if they are there: absolute paths, and names
 * below his home.
 */
export function grantedPlaces(home: string | undefined, names: readonly string[]): readonly Shown[] {
  const paths = names.flatMap((name) =>
    name.startsWith("/") ? [name] : homeFolders(home).map((folder) => join(folder, name)),
  );
  return paths.flatMap((path) => {
    try {
      const real = realpathSync.native(path);
      return [{ path: real, isFile: !statSync(real).isDirectory(), installable: false }];
    } catch {
      // Not here, or not for this user: then there is nothing to show.
      return [];
    }
  });
}
