import { readdirSync, readlinkSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OWN_PREFIX, OWN_R_LIBRARY } from "../../step/step-environment.ts";
import { closedHomes, stepHome } from "./closed-homes.ts";
import type { MachineLook } from "./machine-look.ts";
import { makeFolders } from "./make-folders.ts";
import type { ReplacedFolders } from "./replaced-folders.ts";
import { standIn, standInsFolder } from "./stand-in.ts";
import { bind, type ViewPart } from "./view-part.ts";

/**
 * Folders of homes that are empty save for what is shown, and the step's own home, writable and empty at first, at the
 * place of the user's.
 */
export function ownHome(
  request: { readonly look: MachineLook; readonly home: string | undefined; readonly stateFolder: string },
  scratch: string,
  folders: ReplacedFolders,
): readonly ViewPart[] {
  const { look, home, stateFolder } = request;
  const own = look.ask(stepHome, home);
  return look
    .ask(closedHomes, home)
    .filter((path) => !folders.isReplaced(path))
    .map((path) => {
      const isOwn = path === own;
      const source = isOwn ? makeHome(path, scratch) : look.ask(homeStandIn, standInsFolder(stateFolder), path);
      folders.replace(path, source);
      return bind(path, source, isOwn);
    });
}

function homeStandIn(standIns: string, path: string): string {
  return standIn(standIns, { of: path, links: linksIn(path) });
}

function makeHome(home: string, scratch: string): string {
  const source = join(scratch, "home");
  makeFolders(join(source, OWN_R_LIBRARY));
  for (const version of userSites(home)) {
    // Python is told of another folder for what is installed for the user (PYTHONUSERBASE): from there it is led to the
    // one that he has.
    const own = join(source, OWN_PREFIX, "lib", version, "site-packages");
    const users = join(realpathSync.native(join(home, ".local/lib")), version, "site-packages");
    makeFolders(own);
    writeFileSync(join(own, "of-the-user.pth"), `import site; site.addsitedir(${JSON.stringify(users)})\n`);
  }
  return source;
}

/** The versions of Python for which the user has packages of his own. */
function userSites(home: string): readonly string[] {
  try {
    return readdirSync(join(home, ".local/lib")).filter((name) => /^python\d[\d.]*t?$/.test(name));
  } catch {
    return [];
  }
}

/** A home can be a link to where it really is. */
function linksIn(folder: string): Readonly<Record<string, string>> {
  try {
    const links = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
    return Object.fromEntries(links.map(({ name }) => [name, readlinkSync(join(folder, name))]));
  } catch {
    // A folder that this user cannot list.
    return {};
  }
}
