import { type LocalBlobStore, openBlobStore } from "../blobs/index.ts";
import type { ProjectLocation } from "./project.ts";
import { blobFolder } from "./state-folder.ts";

export function openBlobs(location: ProjectLocation): Promise<LocalBlobStore> {
  return openBlobStore({ folder: blobFolder(location) });
}
