import { existsSync, readdirSync } from "node:fs";
import { cp, lstat } from "node:fs/promises";
import { resolve } from "node:path";
import { HeadraceError } from "../../../errors.ts";
import { requireTargetFolder } from "../download/target-folder.ts";

/** The folder for the outputs of a shell, which must be new or empty: known before anybody works for an hour. */
export function requireKeepFolder(named: string, projectRoot: string): string {
  const folder = requireTargetFolder(resolve(named), projectRoot);
  if (!existsSync(folder) || isEmptyFolder(folder)) return folder;
  throw new HeadraceError("HR_FILE_EXISTS", `${folder} exists already and is not an empty folder`, {
    hint: [
      "name a new one with ",
      { do: "set", option: "keep" },
      "; the outputs of the shell are copied into it at the end",
    ],
  });
}

/** Files and folders; a link, a pipe or a socket of a step's stays behind. */
export async function keepOutputs(outputs: string, folder: string): Promise<void> {
  await cp(outputs, folder, {
    recursive: true,
    filter: async (path) => {
      const stats = await lstat(path);
      return stats.isFile() || stats.isDirectory();
    },
  });
}

function isEmptyFolder(path: string): boolean {
  try {
    return readdirSync(path).length === 0;
  } catch {
    return false;
  }
}
