import { captureSnapshot } from "../../snapshots/index.ts";
import type { Store } from "../../store/index.ts";
import { openBlobs } from "../open-blobs.ts";
import { ownLabel } from "../process-label.ts";
import type { ProjectLocation } from "../project.ts";
import { cacheFolder } from "../state-folder.ts";

/** Stores the project's code as it is now; returns the name of this version. */
export async function captureCode(location: ProjectLocation, store: Store): Promise<string> {
  await using blobs = await openBlobs(location, await ownLabel());
  const cacheFile = `${cacheFolder(location)}/files`;
  return (await captureSnapshot({ root: location.root, blobs, store, cacheFile, now: Date.now })).record.identifier;
}
