import { lstatSync, mkdirSync, realpathSync, type Stats } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { HeadraceError } from "../../../errors.ts";
import { makeFolder } from "../../../make-folder.ts";

/**
 * The folder that a user named. It may lie anywhere, and links outside of the project are his own; a link of the
 * project's, which may be a stranger's repository, must not lead what is written out of it.
 */
export function requireTargetFolder(named: string, projectRoot: string): string {
  const folder = resolve(named);
  const there = nearestExisting(folder);
  const project = realpathSync.native(projectRoot);
  if (!isWithin(folder, resolve(projectRoot)) && !isWithin(folder, project)) return folder;
  const real = realPathOf(there);
  if (real !== undefined && isWithin(real, project)) return folder;
  throw new HeadraceError(
    "HR_PATH_ESCAPES",
    `${there} is a link that leads out of the project, to ${real ?? "nowhere"}`,
    {
      hint:
        real === undefined
          ? "remove the link, or name another folder"
          : `name ${real} itself, if that is where the files are to go`,
    },
  );
}

/**
 * Makes the folders of files below a root, each looked at once. Below the root no link is followed: it may be a
 * repository's.
 */
export class TargetFolders {
  readonly #root: string;
  readonly #known = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Throws where a folder on the way to the file is a link or a file; makes nothing. */
  check(file: string): void {
    for (let folder = dirname(file); folder !== this.#root && !this.#known.has(folder); folder = dirname(folder)) {
      this.#known.add(folder);
      const stats = statsOf(folder);
      if (stats === undefined || stats.isDirectory()) continue;
      if (stats.isSymbolicLink()) {
        throw new HeadraceError("HR_PATH_ESCAPES", `${folder} is a link; nothing is written through it`, {
          hint: "remove it, or choose another folder to download to",
        });
      }
      throw new HeadraceError("HR_FILE_EXISTS", `${folder} is no folder`, {
        hint: "choose another folder to download to",
      });
    }
  }

  make(): void {
    makeFolder(this.#root);
    for (const folder of [...this.#known].sort()) mkdirSync(folder, { recursive: true });
  }
}

/** Names were checked when they were stored; a database that someone edited is not trusted either. */
export function safeJoin(root: string, name: string): string {
  const path = resolve(root, name);
  if (path !== root && isWithin(path, root)) return path;
  throw new HeadraceError("HR_PATH_ESCAPES", `the output name ${JSON.stringify(name)} leaves the folder ${root}`);
}

export function statsOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`));
}

/** The path itself, or the closest folder above it that is there; a link that leads nowhere is there. */
function nearestExisting(path: string): string {
  let there = resolve(path);
  while (statsOf(there) === undefined && dirname(there) !== there) there = dirname(there);
  return there;
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
