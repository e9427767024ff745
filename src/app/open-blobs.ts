import { join } from "node:path";
import { type BlobStore, openBlobStore, openS3BlobStore } from "../blobs/index.ts";
import { backendsOf } from "./backends.ts";
import type { ProjectLocation } from "./project.ts";
import { blobFolder, cacheFolder } from "./state-folder.ts";

/** The project's stored files: on this machine's disk, or in the bucket that the environment names. */
export async function openBlobs(location: ProjectLocation): Promise<BlobStore & AsyncDisposable> {
  const { blobs } = backendsOf(location, process.env);
  if (blobs === undefined) return await openBlobStore({ folder: blobFolder(location) });
  const store = await openS3BlobStore({ url: blobs, folder: join(cacheFolder(location), "blobs") });
  // A wrong address is told before a run is recorded, not after its first step.
  await store.checkReachable();
  return store;
}
