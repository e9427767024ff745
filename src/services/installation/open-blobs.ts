import { join } from "node:path";
import { type BlobStore, openBlobStore, openS3BlobStore } from "../../blobs/index.ts";
import { isDead } from "../../machine/index.ts";
import type { Backends } from "./backends.ts";
import type { Variables } from "./installation.ts";
import type { ProjectLocation } from "./project-location.ts";
import { blobFolder, cacheFolder } from "./state-folder.ts";

/** Half-written files of processes that nobody here can ask after, e.g. on another host. */
const STALE_MS = 7 * 24 * 3600 * 1000;

/**
 * The project's stored files: on this machine's disk, or in the bucket that the environment names. `label` marks what
 * is half-written.
 */
export async function openBlobs(
  location: Pick<ProjectLocation, "stateFolder">,
  { blobs }: Backends,
  env: Variables,
  label: string,
): Promise<BlobStore & AsyncDisposable> {
  if (blobs === undefined) return await openBlobStore({ folder: blobFolder(location), label });
  const store = await openS3BlobStore({ url: blobs, folder: join(cacheFolder(location), "blobs"), env });
  // A wrong address is told before a run is recorded, not after its first step.
  await store.checkReachable();
  return store;
}

/** Removes what engines that died have left half-written on this machine's disk. */
export async function removeAbandonedFiles(
  location: Pick<ProjectLocation, "stateFolder">,
  { blobs }: Backends,
): Promise<void> {
  if (blobs !== undefined) return;
  await using store = await openBlobStore({ folder: blobFolder(location) });
  await store.removeStale(STALE_MS, isDead);
}
