import { realpathSync } from "node:fs";
import { homeFolder } from "../../../home-folders.ts";
import { closedHomes } from "./closed-homes.ts";
import { noteStateFolder, registerOf } from "./other-projects.ts";
import { isWithin } from "./paths.ts";
import { PRIVATE_FOLDERS } from "./view.ts";

/**
 * Notes the folder with a project's records, so that no step of another project sees into it; unless it lies where
 * steps see nothing anyhow.
 */
export function noteProject(folder: string, base: Readonly<Record<string, string>>): void {
  const home = homeFolder(base);
  const register = registerOf(base, home);
  const real = realpathSync.native(folder);
  const isHidden = [...closedHomes(home), ...PRIVATE_FOLDERS].some((hidden) => isWithin(real, hidden));
  if (register !== undefined && !isHidden) noteStateFolder(register, real);
}
