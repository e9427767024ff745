import type { FolderLocation } from "../installation/project-location.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** The folder that a project is. The services of this room are called for such projects alone. */
export function folderOf({ origin }: ProjectResources): FolderLocation {
  if (origin.folder === undefined) throw new Error(`project ${origin.identity.id} is no folder of this machine`);
  return origin.folder;
}
