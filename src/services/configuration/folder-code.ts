import { relative, sep } from "node:path";
import { HeadraceError } from "../../errors.ts";
import type { OpenedCode } from "../../snapshots/index.ts";
import type { FolderLocation } from "../installation/project-location.ts";
import type { CodeSource } from "../installation/project-origin.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import { CONFIG_NAMES } from "./config-names.ts";
import { folderView } from "./folder-view.ts";
import { type ConfiguredCode, type LastRead, recordedCode } from "./project-code.ts";

/** The code of a folder: its working tree, or a commit of the repository that it lies in. */
export function folderCodeSource(location: FolderLocation): CodeSource {
  return {
    current: async ({ lastRead }) => folderCode(location, lastRead),
    open: async (project, commit) => {
      const { inputExists, ...own } = folderCode(location, project.lastRead);
      const local = inputExists && { inputExists };
      if (commit === undefined) {
        const { openCode } = await import("../../snapshots/index.ts");
        return { ...own, ...local, view: await openCode({ kind: "working-tree", root: location.root }) };
      }
      const view = await openCommit(project, location, commit);
      const configPath = await configPathIn(view, location, commit);
      return { view, configPath, shownFile: `${commit}:${configPath}`, lastRead: project.lastRead, ...local };
    },
  };
}

/**
 * The folder as it lies on the disk, for a caller that only reads the configuration: git is not asked which files are
 * code.
 */
export function folderCode({ root, configFile }: FolderLocation, lastRead?: LastRead): ConfiguredCode {
  const view = folderView(root);
  return {
    view,
    configPath: relative(root, configFile).split(sep).join("/"),
    shownFile: shownName(configFile),
    ...(lastRead && { lastRead }),
    // Inputs by a path come from the folder, whatever git thinks of them.
    inputExists: (path) => view.has(path),
  };
}

async function openCommit(project: ProjectResources, { root }: FolderLocation, commit: string): Promise<OpenedCode> {
  const { openCode } = await import("../../snapshots/index.ts");
  try {
    // `~` is a version that no commit names; git has no such name.
    const stored = commit.startsWith("~") ? await recordedCode(project, commit) : undefined;
    return stored ?? (await openCode({ kind: "git-commit", repository: root, ref: commit }));
  } catch (error) {
    // Commits that were rewritten are still in the records of the runs that had them.
    const isMissing = error instanceof HeadraceError && error.code === "HR_NOT_FOUND";
    const stored = isMissing ? await recordedCode(project, commit) : undefined;
    if (stored !== undefined) return stored;
    throw error;
  }
}

/** The file may have had another of its usual names then. */
async function configPathIn(view: OpenedCode, { root, configFile }: FolderLocation, commit: string): Promise<string> {
  const own = relative(root, configFile).split(sep).join("/");
  const { has } = await view.files();
  const found = [own, ...CONFIG_NAMES].find((name) => has(name));
  if (found !== undefined) return found;
  throw new HeadraceError("HR_CONFIG_NOT_FOUND", `commit ${commit} has no ${own} in the project's folder`, {
    hint: "name a commit that has a configuration",
  });
}

/** As a user in the current folder would write it, so that editors and terminals can open `file:line:column`. */
function shownName(file: string): string {
  const shown = relative(process.cwd(), file);
  return shown === "" || shown.startsWith("..") ? file : shown;
}
